package lock

import (
	"regexp"
	"slices"
)

// OfOtherArgs returns the entries of a lock for which no source was found, but which
// a pattern of a name with variables matches: the entries of other build args.
func OfOtherArgs(l *Lock, found []Source, patterns []*regexp.Regexp) (kept []Entry) {
	current := map[string]bool{}
	for _, s := range found {
		current[s.Identifier] = true
	}
	for _, e := range l.Entries {
		matches := func(p *regexp.Regexp) bool { return p.MatchString(e.Identifier) }
		if !current[e.Identifier] && slices.ContainsFunc(patterns, matches) {
			kept = append(kept, e)
		}
	}
	return kept
}
