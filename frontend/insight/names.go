package insight

import (
	"cmp"
	"maps"
	"net/url"
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

// redacted is the name of a source without what can be secret in a URL: the user
// and the query.
func redacted(name string) string {
	scheme, _, isURL := strings.Cut(name, "://")
	if !isURL {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return scheme + "://..."
	}
	u.User, u.RawQuery, u.ForceQuery = nil, "", false
	return cmp.Or(u.String(), scheme+"://...")
}
