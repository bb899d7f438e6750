package imagerun

import (
	"context"
	"fmt"
	"os"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
)

// Unpack applies the image's layers, the lowest first, to the folder root.
func (i *Image) Unpack(ctx context.Context, root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	for _, layer := range i.Manifest.Layers {
		if err := applyLayer(ctx, root, i.blob(layer.Digest)); err != nil {
			return fmt.Errorf("layer %s: %w", layer.Digest, err)
		}
	}
	return nil
}

func applyLayer(ctx context.Context, root, blob string) error {
	f, err := os.Open(blob)
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
