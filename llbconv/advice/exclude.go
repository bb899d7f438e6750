package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var excludeNotExpanded = Check{
	Name:        "ExcludeNotExpanded",
	Description: "A pattern of --exclude that matches no copied file excludes nothing",
	find:        findExcludeNotExpanded,
}

// findExcludeNotExpanded finds patterns of --exclude that have no effect: with
// variables, which are not expanded, or for files that the sources name.
func findExcludeNotExpanded(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, st := range s.steps {
			patterns, sources := st.excludes()
			for i, p := range patterns {
				switch {
				case slices.Contains(patterns[:i], p):
				case hasVariable(p) && !strings.Contains(codeOf(st), `\$`):
					found = append(found, Finding{
						Message: "variables are not expanded in --exclude=" + p + ": the files that it should exclude are copied",
						Hint:    "write the pattern out",
						Range:   st.Range(),
					})
				case isFileItself(p, sources):
					found = append(found, Finding{
						Message: "--exclude=" + p + " has no effect on the files that the sources name themselves",
						Hint:    "copy the directory of the files: patterns apply inside it",
						Range:   st.Range(),
					})
				}
			}
		}
	})
	return found
}

func (s *step) excludes() (patterns, sources []string) {
	switch c := s.Command.(type) {
	case *instructions.CopyCommand:
		return c.ExcludePatterns, c.SourcePaths
	case *instructions.AddCommand:
		return c.ExcludePatterns, c.SourcePaths
	}
	return nil, nil
}

// hasVariable reports whether a word contains a variable.
func hasVariable(word string) bool {
	for i := 0; i+1 < len(word); i++ {
		switch {
		case word[i] == '\\':
			i++
		case word[i] == '$' && (word[i+1] == '{' || word[i+1] == '_' || isLetter(word[i+1])):
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// isFileItself reports whether a pattern is meant for a file that a source names or
// that its wildcard matches. Patterns apply only to the content of directories
// among the sources.
func isFileItself(pattern string, sources []string) bool {
	name := path.Base(pattern)
	if strings.HasPrefix(pattern, "!") || strings.Contains(strings.TrimPrefix(pattern, "**/"), "/") || len(path.Ext(name)) < 2 {
		return false
	}
	for _, s := range sources {
		last := path.Base(s)
		wild := strings.ContainsAny(last, "*?[")
		switch {
		case hasVariable(s):
		case last == "*", wild && path.Ext(last) == path.Ext(name), !wild && last == name:
			return true
		}
	}
	return false
}
