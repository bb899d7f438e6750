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

// kindOfContext returns the kind of the reasons about a context, and its name
// in them, which is empty for the main context.
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

// redacted returns the name of a source without the user and the query of a
// URL, which can be secret.
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
