package clients

import (
	"maps"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestFlagsAsComments builds a file with Strata's flags as comments with every
// frontend: the others ignore them.
func TestFlagsAsComments(t *testing.T) {
	want := scenario.Files{"made": "1", "a": "a"}
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			p := scenario.New(t, scenario.Files{"a": "a", "Dockerfile": "FROM busybox AS work\n" +
				"# strata=explicit\nARG SHA=1\n# strata=cache-ttl=1w;arg=SHA\nRUN echo $SHA > /made\n" +
				"FROM scratch\nCOPY --from=work /made /\n# strata=no-cache\nCOPY a /\n"})
			if got := w.build(t, p, flags{}).folder(t); !maps.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}
