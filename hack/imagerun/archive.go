package imagerun

import (
	"context"
	"os"

	"github.com/containerd/containerd/v2/pkg/archive"
)

// OpenTar unpacks an OCI layout that was exported as a tar file to the folder
// dir and opens it.
func OpenTar(ctx context.Context, file, dir string) (*Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := archive.Apply(ctx, dir, f); err != nil {
		return nil, err
	}
	return Open(dir)
}
