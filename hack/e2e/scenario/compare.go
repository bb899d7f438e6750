package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stratabuild/strata/hack/buildrun"
)

// Compare returns the differences between the steps that ran and the wanted steps.
func Compare(rep *buildrun.Report, want []string) (problems []string) {
	ran := slices.DeleteFunc(rep.Ran(), isLink)
	problems = Match("run", want, ran)
	for _, s := range rep.Instructions() {
		if !s.Cached && !s.Ran() && !isLink(s.Name) {
			problems = append(problems, "neither run nor cached: "+s.Name)
		}
	}
	return problems
}

// isLink reports whether a step only puts a layer of COPY --link onto the one
// below. Such a step runs nothing and copies nothing.
func isLink(name string) bool { return strings.Contains(name, "] LINK ") }

// Match pairs each wanted text with the only name that contains it.
func Match(what string, want, names []string) (problems []string) {
	names = slices.Clone(names)
	for _, w := range want {
		at := slices.IndexFunc(names, func(name string) bool { return strings.Contains(name, w) })
		if at < 0 {
			problems = append(problems, fmt.Sprintf("not %s: %s", what, w))
			continue
		}
		names = slices.Delete(names, at, at+1)
	}
	for _, name := range names {
		problems = append(problems, fmt.Sprintf("%s, but should not have been: %s", what, name))
	}
	return problems
}
