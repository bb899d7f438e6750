package scenario

import (
	"regexp"
	"strings"
)

var (
	stepLine = regexp.MustCompile(`(?m)^#(\d+) \[(?:[^\]]+ )?\d+/\d+\] (.*)$`)
	// The daemon reports a step whose layers it fetches from a cache once more,
	// without the mark, and the client may show only the second report.
	cachedLine = regexp.MustCompile(`(?m)^#(\d+) (?:CACHED$|extracting sha256:)`)
)

// ReadSteps reads from the plain progress of a client's build which steps ran and
// which came from the cache. It omits FROM lines, and steps that only put a linked
// layer on top of another.
func ReadSteps(progress string) (ran, cached []string) {
	hit := map[string]bool{}
	for _, m := range cachedLine.FindAllStringSubmatch(progress, -1) {
		hit[m[1]] = true
	}
	seen := map[string]bool{}
	for _, m := range stepLine.FindAllStringSubmatch(progress, -1) {
		switch {
		case seen[m[1]] || strings.HasPrefix(m[2], "FROM ") || strings.HasPrefix(m[2], "LINK "):
		case hit[m[1]]:
			cached = append(cached, m[2])
		default:
			ran = append(ran, m[2])
		}
		seen[m[1]] = true
	}
	return ran, cached
}
