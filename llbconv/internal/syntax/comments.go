package syntax

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
)

// flagComment matches the comments that hold flags, in the form that BuildKit has
// for check directives: "# strata=cache-ttl=1w;arg=GIT_SHA".
var flagComment = regexp.MustCompile(`(?i)^strata\s*=\s*(.*?)\s*$`)

// commentFlags returns the flags in the comments above an instruction, spelled as
// they would be at the instruction.
func commentFlags(comments []string) (flags []string, err error) {
	for _, comment := range comments {
		value, ok := Directive(comment)
		if !ok {
			continue
		}
		for item := range strings.SplitSeq(value, ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(item), "=")
			if flagInstructions[name] == nil {
				return nil, unknownInComment(comment, name)
			}
			flags = append(flags, "--"+strings.TrimSpace(item))
		}
	}
	return flags, nil
}

// Directive returns the value of a comment that holds flags.
func Directive(comment string) (value string, ok bool) {
	match := flagComment.FindStringSubmatch(comment)
	if match == nil {
		return "", false
	}
	return match[1], true
}

func unknownInComment(comment, name string) error {
	names := slices.Sorted(maps.Keys(flagInstructions))
	err := fmt.Errorf("# %s: unknown flag %q", comment, name)
	if name == "" {
		return diag.WithHint(fmt.Errorf("# %s: a flag is missing", comment), "write # strata=NAME=VALUE;NAME, with the names %s", strings.Join(names, ", "))
	}
	if found, err := suggest.WrapErrorMaybe(err, name, names, true); found {
		return err
	}
	return diag.WithHint(err, "there are %s", strings.Join(names, ", "))
}

// withComments returns the expression of an ONBUILD trigger with the flags that
// stand above ONBUILD, so that they reach the builds that run the trigger.
func withComments(expression string, comments []string) string {
	var lines strings.Builder
	for _, comment := range comments {
		if _, ok := Directive(comment); ok {
			lines.WriteString("# " + comment + "\n")
		}
	}
	return lines.String() + expression
}
