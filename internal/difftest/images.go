package difftest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/moby/buildkit/util/imageutil"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// resolved is an image as a registry gives it.
type resolved struct {
	ref    string
	digest digest.Digest
	config []byte
}

// resolveImage answers from the case's own images, then from the common ones.
func (c Case) resolveImage(ref string, want *ocispecs.Platform) (resolved, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return resolved{}, err
	}
	platform := c.Options.buildPlatform()
	if want != nil {
		platform = *want
	}
	img, ok := lookup(c.Options.Images, named)
	if !ok {
		img, ok = c.Options.Images["*"]
	}
	if !ok {
		img, ok = lookup(commonImages, named)
	}
	switch {
	case !ok:
		return resolved{}, fmt.Errorf("%s: not found", ref)
	case img.Error != "":
		return resolved{}, errors.New(img.Error)
	case img.NonImage != "":
		return resolved{}, &imageutil.ResolveToNonImageError{Ref: ref, Updated: img.NonImage}
	}
	out := resolved{ref: ref, config: []byte(img.Raw)}
	if img.Raw == "" {
		if out.config, err = completeConfig(img.Config, ref, platform); err != nil {
			return resolved{}, err
		}
	}
	if img.ResolvedTo != "" {
		out.ref = img.ResolvedTo
	}
	if digested, ok := named.(reference.Digested); ok {
		out.digest = digested.Digest()
	} else if !img.NoDigest {
		// An image that has several platforms has one digest for all of them: that of its index.
		out.digest = digest.FromString("index of " + ref)
	}
	return out, nil
}

// lookup finds an image by its full name with the tag, or else by its repository, which stands for all tags.
func lookup(images map[string]Image, named reference.Named) (Image, bool) {
	keys := []string{
		reference.TagNameOnly(named).String(), named.String(), reference.FamiliarString(named),
		named.Name(), reference.FamiliarName(named),
	}
	for _, key := range keys {
		if img, ok := images[key]; ok {
			return img, true
		}
	}
	return Image{}, false
}

// completeConfig fills in missing values: the requested platform, like an image for many platforms, and one layer.
func completeConfig(config json.RawMessage, ref string, want ocispecs.Platform) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if config != nil {
		if err := json.Unmarshal(config, &fields); err != nil {
			return nil, err
		}
	}
	if _, fixed := fields["os"]; !fixed {
		if want.OS != "linux" {
			return nil, fmt.Errorf("%s: no match for platform in manifest: %s", ref, platforms.Format(want))
		}
		fields["os"] = quote(want.OS)
	}
	if _, fixed := fields["architecture"]; !fixed {
		fields["architecture"] = quote(want.Architecture)
		if v := imageVariant(want); v != "" {
			fields["variant"] = quote(v)
		}
	}
	if _, ok := fields["rootfs"]; !ok {
		layer := digest.FromString("layer of " + ref)
		fields["rootfs"] = json.RawMessage(fmt.Sprintf(`{"type":"layers","diff_ids":[%q]}`, layer))
	}
	return json.Marshal(fields)
}

// imageVariant returns the variant that image configs usually have.
func imageVariant(p ocispecs.Platform) string {
	switch {
	case p.Architecture == "arm64":
		return "v8"
	case p.Architecture == "arm" && p.Variant == "":
		return "v7"
	}
	return p.Variant
}

func quote(s string) json.RawMessage {
	out, _ := json.Marshal(s)
	return out
}

// inputMetadata returns an image config in the form of the metadata of an input.
func inputMetadata(config json.RawMessage) string {
	out, _ := json.Marshal(map[string][]byte{exptypes.ExporterImageConfigKey: config})
	return string(out)
}

// commonImages are the images that every case can use.
var commonImages = readImages(commonImageTable)

// readImages reads a table of lines "name name ...: config".
func readImages(table string) map[string]Image {
	images := map[string]Image{}
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names, config, ok := strings.Cut(line, ": ")
		if !ok || !json.Valid([]byte(config)) {
			panic("difftest: bad image line: " + line)
		}
		for name := range strings.FieldsSeq(names) {
			images[name] = Image{Config: json.RawMessage(config)}
		}
	}
	return images
}
