package platforms

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
)

// export is the content of an OCI layout folder: images and their attestations.
type export struct {
	// Top is the descriptor of the export: an index, or one image.
	Top       ocispecs.Descriptor
	Manifests []ocispecs.Descriptor // of the images, in the order of the index
	Attested  []attestation         // in the order of the index

	layout string
}

// attestation is a statement about an image.
type attestation struct {
	Subject   digest.Digest // of the image's manifest
	Type      string        // of the predicate
	Statement []byte        // as it was exported
}

// The annotations that BuildKit uses for the type and the subject of an
// attestation.
const (
	referenceType   = "vnd.docker.reference.type"
	referenceDigest = "vnd.docker.reference.digest"
	predicateType   = "in-toto.io/predicate-type"
)

// openExport reads an OCI layout folder that holds one export.
func openExport(layout string) (*export, error) {
	i := &export{layout: layout}
	var top ocispecs.Index
	if err := host.ReadJSON(filepath.Join(layout, ocispecs.ImageIndexFile), &top); err != nil {
		return nil, fmt.Errorf("%s: %w", layout, err)
	}
	if len(top.Manifests) != 1 {
		return nil, fmt.Errorf("%s holds %d exports", layout, len(top.Manifests))
	}
	i.Top = top.Manifests[0]
	if i.Top.MediaType != ocispecs.MediaTypeImageIndex {
		i.Manifests = top.Manifests
		return i, nil
	}
	var index ocispecs.Index
	if err := host.ReadJSON(scenario.Blob(layout, i.Top.Digest), &index); err != nil {
		return nil, err
	}
	for _, d := range index.Manifests {
		if d.Annotations[referenceType] != "attestation-manifest" {
			i.Manifests = append(i.Manifests, d)
		} else if err := i.addAttestations(d); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func (i *export) addAttestations(d ocispecs.Descriptor) error {
	var m ocispecs.Manifest
	if err := host.ReadJSON(scenario.Blob(i.layout, d.Digest), &m); err != nil {
		return err
	}
	for _, l := range m.Layers {
		raw, err := os.ReadFile(scenario.Blob(i.layout, l.Digest))
		if err != nil {
			return err
		}
		i.Attested = append(i.Attested, attestation{
			Subject: digest.Digest(d.Annotations[referenceDigest]), Type: l.Annotations[predicateType], Statement: raw,
		})
	}
	return nil
}

// images opens the images, in the order of the index.
func (i *export) images() (images []*scenario.Image, err error) {
	for _, d := range i.Manifests {
		img, err := scenario.OpenManifest(i.layout, d.Digest)
		if err != nil {
			return nil, err
		}
		images = append(images, img)
	}
	return images, nil
}
