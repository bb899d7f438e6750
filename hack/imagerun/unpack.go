package imagerun

import (
	"context"
	"fmt"
	"os"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
)

// OpenTar unpacks an OCI layout that was exported as a tar file to the folder
// dir and opens it.
func OpenTar(ctx context.Context, file, dir string) (*Image, error) {
	if err := unpack(ctx, dir, file); err != nil {
		return nil, err
	}
	return Open(dir)
}

// Unpack applies the image's layers, the lowest first, to the folder root.
func (i *Image) Unpack(ctx context.Context, root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	for _, layer := range i.Manifest.Layers {
		if err := unpack(ctx, root, Blob(i.layout, layer.Digest)); err != nil {
			return fmt.Errorf("layer %s: %w", layer.Digest, err)
		}
	}
	return nil
}

// unpack applies a tar file, compressed or not, to the folder root.
func unpack(ctx context.Context, root, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	tar, err := compression.DecompressStream(f)
	if err != nil {
		return err
	}
	defer tar.Close()
	_, err = archive.Apply(ctx, root, tar)
	return err
}
