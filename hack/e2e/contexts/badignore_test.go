package contexts

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// An invalid pattern fails the build with both frontends; Strata names the pattern.
func TestBrokenIgnoreFiles(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		lines            []int32
		hint             string
	}{
		{name: "class without end", file: ".dockerignore", text: "file\n# comment\n\n  [a-\n", lines: []int32{4}, hint: `write \[`},
		{name: "nothing to keep", file: ".dockerignore", text: "*.log\n!\n", lines: []int32{2}, hint: "after the !"},
		{name: "nothing after the backslash", file: ".dockerignore", text: "a\\\n", lines: []int32{1}, hint: "character after it"},
		{name: "several", file: ".dockerignore", text: "[\nfile\n[b\n", lines: []int32{1, 3}, hint: `write \[`},
		{name: "of the Dockerfile", file: "Dockerfile.dockerignore", text: "file\n![z\n", lines: []int32{2}, hint: `write \[`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Without a base image, which all builds would look up at once: when one of them
			// fails, the daemon can cancel the look-up of another.
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY . .\n", ".dockerignore": "file\n", "file": "x\n"})
			p.Write(c.file, c.text)
			d := scenario.Shared(t)
			if _, err := p.Try(d, scenario.Reference); err == nil {
				t.Fatal("the reference builds this")
			}
			_, err := p.Try(d)
			if err == nil || !strings.Contains(err.Error(), c.hint) || !strings.Contains(err.Error(), c.file+":") {
				t.Errorf("the error is %v, without %q or the file's name", err, c.hint)
			}
			var lines []int32
			for _, s := range errdefs.Sources(err) {
				if s.Info.Filename != c.file || string(s.Info.Data) != c.text {
					t.Errorf("the error shows %s", s.Info.Filename)
				}
				lines = append(lines, s.Ranges[0].Start.Line)
			}
			if slices.Sort(lines); !slices.Equal(lines, c.lines) {
				t.Errorf("the error shows lines %v, not %v", lines, c.lines)
			}
		})
	}
}
