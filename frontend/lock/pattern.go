package lock

import (
	"regexp"
	"slices"
)

// OfOtherBuilds returns the entries of a lock for which no source was found, but which
// a pattern matches: those of other build args, or of images that named contexts
// replace.
func OfOtherBuilds(l *Lock, found []Source, patterns []*regexp.Regexp) (kept []Entry) {
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
