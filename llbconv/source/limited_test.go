package source

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// firstOp returns the op of a state that is a source, as text.
func firstOp(t *testing.T, st llb.State) string {
	t.Helper()
	def, err := st.Marshal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		t.Fatal(err)
	}
	return op.String()
}

func TestLimited(t *testing.T) {
	content := Limited(func(limits LocalOptions) (*llb.State, error) {
		st := llb.Local("src", limits...)
		return &st, nil
	})
	if op := firstOp(t, content.State); !strings.Contains(op, "local://src") || strings.Contains(op, "followpaths") {
		t.Errorf("without limits: %s", op)
	}
	if err := content.Limit(LocalOptions{llb.FollowPaths([]string{"main.c"})}); err != nil {
		t.Fatal(err)
	}
	if op := firstOp(t, content.State); !strings.Contains(op, "followpaths") || !strings.Contains(op, "main.c") {
		t.Errorf("with limits: %s", op)
	}
}

func TestLimitedError(t *testing.T) {
	failure := errors.New("no such directory")
	content := Limited(func(LocalOptions) (*llb.State, error) { return nil, failure })
	if _, err := content.State.Marshal(context.Background()); !errors.Is(err, failure) {
		t.Errorf("the whole directory: %v", err)
	}
	copied := llb.Scratch().File(llb.Copy(content.State, "/a", "/"))
	if _, err := copied.Marshal(context.Background()); !errors.Is(err, failure) {
		t.Errorf("a copy of the directory: %v", err)
	}
	if err := content.Limit(nil); !errors.Is(err, failure) {
		t.Errorf("limits: %v", err)
	}
}
