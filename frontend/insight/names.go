package insight

import (
	"maps"
	"slices"
	"strings"
)

// MainContext is the name of the main build context in a State.
const MainContext = "context"

// kindOfContext is the kind of reasons that a context gives, and its name in
// them: files of the main context have none.
func kindOfContext(name string) (Kind, string) {
	switch {
	case name == MainContext:
		return KindFile, ""
	case strings.Contains(name, "://"):
		return KindSource, name
	default:
		return KindContext, name
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
