package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/diag"
)

// An error about flags in comments points at the comments, an error about flags
// of the instruction at the instruction.
func TestErrorsOfComments(t *testing.T) {
	for text, want := range map[string][]int{
		"FROM a\n# strata=cache-tll=1w\nRUN b\n":                                  {2},
		"FROM a\r\n# strata=cache-tll=1w\r\n# why\r\n\r\nRUN b\r\n":               {2},
		"\ufeff#strata = x\nFROM a\n":                                             {1},
		"FROM a\n# strata=no-cache\nRUN b\n# strata=x\nRUN c\n":                   {4},
		"FROM a\n# strata=no-cache\n# strata=x\nRUN c \\\n  d\n":                  {3},
		"FROM a\n# strata=cache-ttl=1x\n# strata=cache-key=a\nRUN b\n":            {2, 3},
		"FROM a\n# strata=no-cache\n# why\n# strata=no-cache\nRUN b\n":            {2, 4},
		"FROM a\n# strata=x\nONBUILD RUN b\n":                                     {2},
		"FROM a\n# strata=explicit\nRUN b\n":                                      {2},
		"FROM a\n# strata=no-cache\nRUN --no-cache b\n":                           {3},
		"FROM a\n# strata=cache-key=a\nRUN --cache-ttl=1x \\\n  b\n":              {3, 4},
		"FROM a\n# strata=cache-ttl=1x\nRUN b\nRUN c\n# strata=cache-ttl=1x\nX\n": {2, 6},
	} {
		_, diags := Parse([]byte(text), nil)
		var got []int
		for _, d := range diags {
			start := fmt.Sprintf("dockerfile parse error on line %d: ", d.Line())
			if d.Severity != diag.Error || len(d.Further) > 0 || !strings.HasPrefix(d.Message, start) {
				t.Errorf("%q: %+v", text, d)
			}
			for _, r := range d.Range {
				for n := r.Start.Line; n <= r.End.Line; n++ {
					got = append(got, n)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: lines %v, want %v: %v", text, got, want, diags.Err())
		}
	}
}

// A comment that holds flags is no description of an arg.
func TestFlagsAreNoDescription(t *testing.T) {
	for comments, want := range map[string]int{
		"# strata=explicit\n":                         0,
		"# strata=explicit\n# SHA is the commit\n":    0,
		"# strata=explicit\n#\n# SHA is the commit\n": 0,
		"# SHA is the commit\n# strata=explicit\n":    0,
		"  # strata=explicit\n# SHA is the commit\n":  0,
		"# strata=explicit\n# the commit\n":           1,
		"# the commit\n# strata=explicit\n":           1,
		"# the commit\n#\n# strata=explicit\n":        0,
	} {
		for _, text := range []string{"FROM a\n" + comments + "ARG SHA\n", comments + "ARG SHA\nFROM a\n"} {
			file, diags := Parse([]byte("# check=experimental=all\n"+text), nil)
			if len(diags) != want {
				t.Errorf("%q: %v, want %d warnings", text, diags, want)
			}
			if in := file.Stages[0].Instructions; strings.Contains(text, "strata") && len(in) > 0 && !in[0].Flags.Explicit {
				t.Errorf("%q: the arg is not explicit", text)
			}
		}
	}
}
