package ops

import (
	"testing"

	"github.com/moby/buildkit/client/llb"
)

// TestOneFileOnce: if a named context is an earlier build of the same Dockerfile,
// the definition has that Dockerfile as one source file.
func TestOneFileOnce(t *testing.T) {
	local := llb.Local("dockerfile")
	def, err := local.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := llb.NewSourceMap(&local, "Dockerfile", "Dockerfile", []byte("FROM linked\n"))
	own.Definition = def
	earlier := llb.NewSourceMap(&local, "Dockerfile", "Dockerfile", []byte("FROM linked\n"))
	other := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte("FROM scratch\n"))

	st := llb.Scratch()
	for i, sm := range []*llb.SourceMap{earlier, own, other} {
		st = st.File(llb.Mkdir("/"+string(rune('a'+i)), 0o755), sm.Location(nil))
	}
	got, err := Definition(t.Context(), st.Output(), 0, llb.NewConstraints())
	if err != nil {
		t.Fatal(err)
	}
	infos := got.Source.Infos
	if len(infos) != 2 {
		t.Fatalf("%d source files, expected 2", len(infos))
	}
	if len(infos[0].Definition.GetDef()) == 0 {
		t.Error("the first has no definition that loads it")
	}
}
