package frontend

import (
	"bytes"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// An error is sent in the header of a response, which cannot be large, and each
// of its sources comes with the file's text.
const (
	maxSources = 256 << 10 // bytes in all sources of an error
	wholeFile  = 128 << 10 // a file up to this size is sent as it is
	aroundLine = 5         // lines that clients show before and after
	lineLength = 1 << 10
)

// excerpt is the text of a file as far as a client shows it. In a large file
// the other lines are empty, so that the rest keep their numbers.
func excerpt(data []byte, ranges []parser.Range) []byte {
	if len(data) <= wholeFile {
		return data
	}
	var out []byte
	n, last := 0, lastLine(ranges)
	for line := range bytes.Lines(data) {
		if n++; n > last {
			break
		}
		if shown(n, ranges) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			out = append(out, line[:min(len(line), lineLength)]...)
		}
		out = append(out, '\n')
	}
	return out
}

func lastLine(ranges []parser.Range) (last int) {
	for _, r := range ranges {
		last = max(last, r.End.Line+aroundLine)
	}
	return last
}

func shown(n int, ranges []parser.Range) bool {
	for _, r := range ranges {
		if n >= r.Start.Line-aroundLine && n <= r.End.Line+aroundLine {
			return true
		}
	}
	return false
}
