package frontend

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/internal/difftest"
)

// inputGateway is a gateway with a frontend input for the Dockerfile.
type inputGateway struct {
	*difftest.Gateway
	dockerfile llb.State
}

func (g inputGateway) Inputs(context.Context) (map[string]llb.State, error) {
	return map[string]llb.State{"dockerfile": g.dockerfile}, nil
}

// The graph refers to a Dockerfile from a frontend input by the definition of the input.
// Only a transfer that the frontend makes also has the lock.
func TestDockerfileFromInput(t *testing.T) {
	for _, paths := range [][]string{nil, {"Dockerfile"}, {"Dockerfile", "Dockerfile.dockerignore"}} {
		c := caseOf("FROM busybox\nRUN true\n", nil)
		c.Options.NoCmdline = true
		gw := inputGateway{difftest.NewGateway(c), llb.Local("dockerfile", llb.FollowPaths(paths), llb.LocalUniqueID("id"))}
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		want, err := gw.dockerfile.Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		solved := gw.Solved()
		got := solved[len(solved)-1].Source.Infos[0].Definition
		if !slices.EqualFunc(got.Def, want.Def, bytes.Equal) {
			t.Errorf("%q: the graph refers to\n%s\nwant\n%s", paths, difftest.Canonical(got), difftest.Canonical(want.ToPB()))
		}
	}
}
