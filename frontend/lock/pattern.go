package lock

import (
	"regexp"
	"strings"

	"github.com/distribution/reference"
)

// variable matches a variable in a word of a Dockerfile.
var variable = regexp.MustCompile(`\$(\{[^}]*\}|\w+)`)

// OfOtherArgs returns the entries of a lock for which no source was found, but to
// which a name with variables can expand: the entries of other build args.
func OfOtherArgs(l *Lock, found []Source, names []string) (kept []Entry) {
	current := map[string]bool{}
	for _, s := range found {
		current[s.Identifier] = true
	}
	patterns := patternsOf(names)
	for _, e := range l.Entries {
		if !current[e.Identifier] && matches(e.Identifier, patterns) {
			kept = append(kept, e)
		}
	}
	return kept
}

// patternsOf returns patterns that match all expansions of the names.
func patternsOf(names []string) (patterns []*regexp.Regexp) {
	for _, name := range names {
		parts := variable.Split(name, -1)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		patterns = append(patterns, regexp.MustCompile("^"+strings.Join(parts, ".*")+"$"))
	}
	return patterns
}

func matches(identifier string, patterns []*regexp.Regexp) bool {
	for _, p := range patterns {
		for _, name := range namesOf(identifier) {
			if p.MatchString(name) {
				return true
			}
		}
	}
	return false
}

// namesOf returns the forms in which a Dockerfile can name a source.
func namesOf(identifier string) []string {
	if host, ok := strings.CutPrefix(identifier, gitScheme); ok {
		return []string{identifier, "https://" + host, "http://" + host, "ssh://" + host}
	}
	name, ok := strings.CutPrefix(identifier, imageScheme)
	if !ok {
		return []string{identifier}
	}
	forms := []string{name}
	if ref, err := reference.ParseNormalizedNamed(name); err == nil {
		forms = append(forms, reference.FamiliarString(ref))
	}
	for _, f := range forms {
		if short, ok := strings.CutSuffix(f, ":latest"); ok {
			forms = append(forms, short)
		}
	}
	return forms
}
