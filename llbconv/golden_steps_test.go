package llbconv_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/stratabuild/strata/llbconv"
)

// stepsText shows each step with its inputs and the filesystems that it reads.
func stepsText(ctx context.Context, result *llbconv.Result) string {
	if result == nil {
		return ""
	}
	steps, err := result.Steps(ctx)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&b, "%d %s, line %d: %s\n", i, s.Stage, s.Line, s.Text)
		if s.Parent >= 0 {
			fmt.Fprintf(&b, "  changes the filesystem of %d\n", s.Parent)
		}
		if s.ByContent {
			b.WriteString("  depends on its content alone\n")
		}
		if s.Linked {
			b.WriteString("  is linked\n")
		}
		if s.Forced {
			b.WriteString("  ignores the cache\n")
		}
		for _, in := range s.Inputs {
			fmt.Fprintf(&b, "  %s %s: %s\n", in.Kind, in.Name, in.Value)
		}
		for _, r := range s.Reads {
			fmt.Fprintf(&b, "  reads %s\n", readText(r))
		}
	}
	return shortDigest(b.String())
}

func readText(r llbconv.StepRead) string {
	from := "step " + fmt.Sprint(r.Step)
	if r.Step < 0 {
		from = r.Context
	}
	text := r.Files.Path + " of " + from
	for _, list := range []struct {
		name     string
		patterns []string
	}{{"include", r.Files.Include}, {"exclude", r.Files.Exclude}} {
		if len(list.patterns) > 0 {
			text += fmt.Sprintf(" %s %q", list.name, list.patterns)
		}
	}
	if r.Files.Wildcard {
		text += " with wildcards"
	}
	if r.Files.Follow {
		text += " through links"
	}
	if r.BySteps {
		text += " by its steps"
	}
	return text
}
