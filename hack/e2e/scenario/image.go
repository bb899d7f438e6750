package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Image is one image of an OCI layout folder.
type Image struct {
	Digest digest.Digest // of the image's manifest
	Config ocispecs.Image
	// ConfigJSON is the exported config, including fields that the OCI type does
	// not have.
	ConfigJSON []byte
	Manifest   ocispecs.Manifest

	layout string
}

// OpenImage reads the first image of an OCI layout folder, as written by the exporter
// "oci" with tar=false. It ignores attestations.
func OpenImage(layout string) (*Image, error) {
	file := filepath.Join(layout, ocispecs.ImageIndexFile)
	for {
		var index ocispecs.Index
		if err := host.ReadJSON(file, &index); err != nil {
			return nil, err
		}
		if len(index.Manifests) == 0 {
			return nil, fmt.Errorf("%s holds no image", layout)
		}
		first := index.Manifests[0] // attestations follow the images
		if first.MediaType != ocispecs.MediaTypeImageIndex {
			return OpenManifest(layout, first.Digest)
		}
		file = Blob(layout, first.Digest)
	}
}

// OpenManifest reads the image with the given manifest.
func OpenManifest(layout string, manifest digest.Digest) (*Image, error) {
	i := &Image{layout: layout, Digest: manifest}
	if err := host.ReadJSON(Blob(layout, manifest), &i.Manifest); err != nil {
		return nil, err
	}
	var err error
	if i.ConfigJSON, err = os.ReadFile(Blob(layout, i.Manifest.Config.Digest)); err != nil {
		return nil, err
	}
	return i, json.Unmarshal(i.ConfigJSON, &i.Config)
}

// Blob returns the file of a blob in an OCI layout folder.
func Blob(layout string, d digest.Digest) string {
	return filepath.Join(layout, ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
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
