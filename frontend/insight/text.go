package insight

import (
	"fmt"
	"slices"
	"strings"
)

// maxNames is how many things of a kind are listed by name.
const maxNames = 3

// describe says what has changed, as in "requirements.txt changed (+1 line)".
// Several files of one change are put together.
func describe(reasons []Reason) string {
	var parts []string
	for _, group := range grouped(reasons) {
		names := make([]string, 0, maxNames)
		for _, r := range group[:min(len(group), maxNames)] {
			names = append(names, subject(r))
		}
		if more := len(group) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		parts = append(parts, enumerate(names)+" "+predicate(group))
	}
	return strings.Join(parts, "; ")
}

// grouped puts reasons together that one predicate serves.
func grouped(reasons []Reason) (groups [][]Reason) {
	for _, r := range reasons {
		at := slices.IndexFunc(groups, func(g []Reason) bool {
			first := g[0]
			return r.Path != "" && first.Kind == r.Kind && first.Name == r.Name && first.Change == r.Change && !first.Lines && !r.Lines
		})
		if at < 0 {
			groups = append(groups, []Reason{r})
		} else {
			groups[at] = append(groups[at], r)
		}
	}
	return groups
}

// subject is what has changed.
func subject(r Reason) string {
	switch r.Kind {
	case KindFile:
		return or(r.Path, "the build context")
	case KindContext:
		return strings.TrimSuffix(r.Path+" of the context "+r.Name, " of the context ")
	case KindText:
		return "the instruction"
	case KindVariable:
		return "$" + r.Name
	case KindPlatform:
		return "the platform"
	case KindFreshness:
		return "--" + map[string]string{"ttl": "cache-ttl", "key": "cache-key", "build": "no-cache"}[r.Name]
	case KindClient:
		return "--" + r.Name
	case KindMount:
		return "the mount " + r.Name
	case KindStep:
		return map[Change]string{Removed: "a step before it"}[r.Change]
	default:
		return r.Name
	}
}

// predicate is how it has changed.
func predicate(group []Reason) string {
	r := group[0]
	be := "is"
	if len(group) > 1 {
		be = "are"
	}
	switch {
	case r.Kind == KindBase:
		return fmt.Sprintf("moved (%s to %s)", shortDigest(r.Old), shortDigest(r.New))
	case r.Kind == KindFreshness && r.Name == "ttl":
		return "has expired"
	case r.Kind == KindFreshness && r.Name == "build", r.Kind == KindClient && r.Name == "no-cache":
		return "runs the step in every build"
	case r.Kind == KindStep && r.Change == Added:
		return "is new"
	case r.Kind == KindStep && r.Change == Unfinished:
		return "did not finish in an earlier build"
	case r.Change == Added:
		return be + " new"
	case r.Change == Removed:
		return strings.Replace(be+" removed", "is", "was", 1)
	case r.Change == Mode:
		return "has other permissions"
	case r.Change == Type:
		return "is of another type"
	case r.Change == Link:
		return "points elsewhere"
	case r.Change == Moved:
		return "stands in another place"
	}
	return "changed" + lineCount(r)
}

// lineCount is the number of lines that a file gained and lost, in parentheses.
func lineCount(r Reason) string {
	if !r.Lines {
		return ""
	}
	var counts []string
	if r.LinesAdded > 0 {
		counts = append(counts, fmt.Sprintf("+%d", r.LinesAdded))
	}
	if r.LinesRemoved > 0 {
		counts = append(counts, fmt.Sprintf("-%d", r.LinesRemoved))
	}
	unit := "lines"
	if r.LinesAdded+r.LinesRemoved == 1 {
		unit = "line"
	}
	if len(counts) == 0 {
		return ""
	}
	return " (" + strings.Join(counts, " ") + " " + unit + ")"
}

func shortDigest(d string) string {
	_, hex, ok := strings.Cut(d, ":")
	if !ok {
		return d
	}
	return hex[:min(12, len(hex))]
}

// enumerate lists words as in "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
