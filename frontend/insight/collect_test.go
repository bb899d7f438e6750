package insight

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
)

// A context can be transferred several times, each time with the files of some steps.
// Every file that a step reads has to be in the transfer that the read names.
func TestTransfersOfOneContext(t *testing.T) {
	for name, b := range map[string]build{
		"a named context": {
			dockerfile: "FROM busybox\nCOPY --from=lib x /\nCOPY --from=lib y /\n",
			options:    difftest.Options{NamedContexts: map[string]string{"lib": "local:lib"}},
		},
		"the main context on two platforms": {
			dockerfile: "FROM busybox\nARG TARGETARCH\nCOPY bin/$TARGETARCH common /\n",
			options:    difftest.Options{Platforms: []string{"linux/amd64", "linux/arm64"}},
		},
	} {
		c := b.collection(t)
		transfers := map[string]bool{}
		for _, s := range c.state.Steps {
			for _, r := range s.Reads {
				if r.Step >= 0 {
					continue
				}
				if !c.mounts[r.Context] {
					t.Errorf("%s: the context %d is not mounted", name, r.Context)
				}
				paths := followPaths(t, c, r.Context)
				if !slices.Contains(paths, strings.TrimPrefix(r.Files.Path, "/")) {
					t.Errorf("%s: the transfer of %v is read for %s", name, paths, r.Files.Path)
				}
				transfers[strings.Join(paths, " ")] = true
			}
		}
		if len(transfers) != 2 || len(c.contexts) != 2 {
			t.Errorf("%s: %d contexts with the transfers %v, want 2", name, len(c.contexts), transfers)
		}
	}
}

// followPaths returns the files of a transfer, which the attribute holds as JSON.
func followPaths(t *testing.T, c Collection, context int) []string {
	t.Helper()
	def, err := c.contexts[context].Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		t.Fatal(err)
	}
	var paths []string
	if err := json.Unmarshal([]byte(op.GetSource().Attrs[pb.AttrFollowPaths]), &paths); err != nil {
		t.Fatal(err)
	}
	return paths
}
