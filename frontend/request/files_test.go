package request

import (
	"encoding/binary"
	"maps"
	"os"
	"testing"

	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/advice"
)

func TestParseListing(t *testing.T) {
	var data []byte
	for _, s := range []*fstypes.Stat{
		{Path: "a", Size: 5, Mode: 0o644},
		{Path: "d", Mode: uint32(os.ModeDir | 0o755)},
		{Path: "d/b", Mode: 0o600},
		{Path: "l", Mode: uint32(os.ModeSymlink | 0o777), Linkname: "a"},
	} {
		dt, err := s.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		data = append(binary.LittleEndian.AppendUint32(data, uint32(len(dt))), dt...)
	}
	files, sizes, err := parseListing(data)
	if err != nil || !maps.Equal(files, advice.Files{"a": "", "d/b": ""}) || sizes["a"] != 5 {
		t.Errorf("%v, %v, %v", files, sizes, err)
	}
	for _, n := range []int{5, len(data) - 1} {
		if _, _, err := parseListing(data[:n]); err == nil {
			t.Errorf("no error for the first %d bytes", n)
		}
	}
	if files, _, err := parseListing(nil); len(files) > 0 || err != nil {
		t.Errorf("%v, %v", files, err)
	}
}

// A context that is not a directory of the client is not listed, nor one of a daemon
// that cannot do it.
func TestFilesAreNotKnown(t *testing.T) {
	for name, options := range map[string]difftest.Options{
		"a repository":  {Context: "https://github.com/org/repo.git"},
		"an old daemon": {Caps: []string{"source.local.metadatatransfer"}},
	} {
		ui, gw := uiOf(t, options)
		if files, err := Files(t.Context(), ui, advice.PatternsIn(nil)); err == nil {
			t.Errorf("%s: %v", name, files)
		}
		if n := gw.Calls()["ReadFile .fsutil-metadata"]; n > 0 {
			t.Errorf("%s: asked %d times", name, n)
		}
	}
}
