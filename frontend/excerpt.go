package frontend

import (
	"bytes"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Limits for the source lines in an error. The error is sent in the header of a
// response, which must be small, and each source has the text of a file.
const (
	maxSources    = 256 << 10 // bytes in all sources of an error
	maxWholeFile  = 128 << 10 // the largest file that is sent whole
	linesAround   = 5         // lines that clients show before and after
	maxLineLength = 1 << 10
)

// excerpt returns the part of a file that clients show. In a large file, other
// lines are empty, so that line numbers stay the same.
func excerpt(data []byte, ranges []parser.Range) []byte {
	if len(data) <= maxWholeFile {
		return data
	}
	var out []byte
	n, last := 0, lastLine(ranges)
	for line := range bytes.Lines(data) {
		if n++; n > last {
			break
		}
		if isShown(n, ranges) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			out = append(out, line[:min(len(line), maxLineLength)]...)
		}
		out = append(out, '\n')
	}
	return out
}

func lastLine(ranges []parser.Range) (last int) {
	for _, r := range ranges {
		last = max(last, r.End.Line+linesAround)
	}
	return last
}

func isShown(n int, ranges []parser.Range) bool {
	for _, r := range ranges {
		if n >= r.Start.Line-linesAround && n <= r.End.Line+linesAround {
			return true
		}
	}
	return false
}
