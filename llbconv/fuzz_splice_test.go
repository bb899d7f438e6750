package llbconv_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/difftest"
)

// FuzzSplice puts instructions of all cases together anew: each pair of bytes
// picks one, or an option. What comes out is mostly valid, so it gets further
// than arbitrary text does.
func FuzzSplice(f *testing.F) {
	p := newPool(f)
	for i := range 300 {
		seed := make([]byte, 24)
		for n := range seed {
			seed[n] = byte((i + 1) * (n*n + 7) * 37 >> 3)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, picks []byte) {
		if len(picks) > 80 {
			t.Skip("too long to be of interest")
		}
		dockerfile, options := p.splice(picks)
		checkConversion(t, dockerfile, options)
		if t.Failed() {
			t.Logf("Dockerfile:\n%s\noptions:\n%s", dockerfile, options)
		}
	})
}

// pool is what there is to choose from: the instructions and options of the
// cases that convert.
type pool struct{ froms, steps, options []string }

func newPool(tb testing.TB) pool {
	var p pool
	for _, c := range seedCases(tb) {
		tree, err := parser.Parse(bytes.NewReader(c.Dockerfile))
		if err != nil || tree.EscapeToken != '\\' || strata(tb.Context(), difftest.NewGateway(c), nil).Err != nil {
			continue
		}
		lines := strings.SplitAfter(string(c.Dockerfile), "\n")
		end := 0
		for _, node := range tree.AST.Children {
			text := withNewline(strings.Join(lines[end:node.EndLine], ""))
			end = node.EndLine
			if strings.EqualFold(node.Value, "from") {
				p.froms = append(p.froms, text)
			} else if len(text) < 500 {
				p.steps = append(p.steps, text)
			}
		}
		p.options = append(p.options, strings.Split(optionText(c), "\n")...)
	}
	p.froms, p.steps, p.options = unique(p.froms), unique(p.steps), unique(p.options)
	return p
}

func withNewline(s string) string { return strings.TrimSuffix(s, "\n") + "\n" }

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// splice takes every fourth pick as a FROM and the last two for options. Half
// of the FROMs get a name that the others can use.
func (p pool) splice(picks []byte) (dockerfile, options string) {
	options = "cmdline=difftest"
	var b strings.Builder
	for i := 0; i+1 < len(picks); i += 2 {
		n := int(picks[i])<<8 | int(picks[i+1])
		switch {
		case i+5 >= len(picks) && i > 0:
			options += "\n" + p.options[n%len(p.options)]
		case i%8 == 0:
			b.WriteString(p.from(n))
		default:
			b.WriteString(p.steps[n%len(p.steps)])
		}
	}
	return b.String(), options
}

func (p pool) from(n int) string {
	names := []string{"base", "build", "one", "two"}
	switch n % 4 {
	case 0:
		return "FROM " + names[n/4%2] + "\n"
	case 1:
		return "FROM alpine AS " + names[n/4%4] + "\n"
	}
	return p.froms[n%len(p.froms)]
}
