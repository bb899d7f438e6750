package scenario

import (
	"os"
	"path/filepath"
	"testing"
)

// The digest of an export is that of the whole index, which no response of a client is
// needed for.
func TestExported(t *testing.T) {
	layout := t.TempDir()
	index := `{"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:1"}]}`
	if err := os.WriteFile(filepath.Join(layout, "index.json"), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := (&Result{Layout: layout, T: t}).exported(); got != "sha256:1" {
		t.Errorf("the digest is %q", got)
	}
}
