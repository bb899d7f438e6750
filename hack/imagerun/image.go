// Package imagerun inspects and runs the images of builds: it reads the files that
// BuildKit exported, unpacks them, lists the files of an image, and starts it with
// runc.
package imagerun

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// Open reads the first image of an OCI layout folder, as written by the exporter
// "oci" with tar=false. It ignores attestations.
func Open(layout string) (*Image, error) {
	var index ocispecs.Index
	if err := host.ReadJSON(filepath.Join(layout, ocispecs.ImageIndexFile), &index); err != nil {
		return nil, fmt.Errorf("%s: %w", layout, err)
	}
	img := &Image{layout: layout}
	desc, err := img.firstManifest(index)
	if err != nil {
		return nil, err
	}
	return img, img.load(desc.Digest)
}

// load reads the image's manifest and config.
func (i *Image) load(manifest digest.Digest) (err error) {
	i.Digest = manifest
	if err := i.readJSON(manifest, &i.Manifest); err != nil {
		return err
	}
	if i.ConfigJSON, err = os.ReadFile(i.blob(i.Manifest.Config.Digest)); err != nil {
		return err
	}
	return json.Unmarshal(i.ConfigJSON, &i.Config)
}

func (i *Image) firstManifest(index ocispecs.Index) (ocispecs.Descriptor, error) {
	for _, d := range index.Manifests {
		if d.Platform != nil && d.Platform.OS == "unknown" {
			continue // an attestation
		}
		if d.MediaType != ocispecs.MediaTypeImageIndex {
			return d, nil
		}
		var inner ocispecs.Index
		if err := i.readJSON(d.Digest, &inner); err != nil {
			return d, err
		}
		return i.firstManifest(inner)
	}
	return ocispecs.Descriptor{}, errors.New("the layout holds no image")
}

func (i *Image) blob(d digest.Digest) string {
	return filepath.Join(i.layout, ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
}

func (i *Image) readJSON(d digest.Digest, v any) error {
	return host.ReadJSON(i.blob(d), v)
}

// Size returns the size of the compressed layers, which is the size of a pull.
func (i *Image) Size() (total int64) {
	for _, l := range i.Manifest.Layers {
		total += l.Size
	}
	return total
}
