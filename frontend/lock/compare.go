package lock

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
)

// A Check is what a lock and its sources differ in.
type Check struct {
	// Lock is the name of the lock, Sources is the number of sources that the
	// Dockerfile names and does not pin.
	Lock    string `json:"lock"`
	Sources int    `json:"sources"`
	// Differences are sorted by state and identifier.
	Differences []Difference `json:"differences"`
	// Syntax is the image of the syntax line, nil where it is pinned or there is
	// none.
	Syntax *Syntax `json:"syntax,omitempty"`
}

// State is how a source and the lock differ.
type State string

// The states.
const (
	Moved   State = "moved"   // the source is not what it is pinned to
	Missing State = "missing" // the lock does not have the source
	Unused  State = "unused"  // the Dockerfile does not name what the lock has
)

// A Difference is one source that is not as in the lock.
type Difference struct {
	State      State  `json:"state"`
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
	// Line is that of the Dockerfile, LockLine that of the lock; 0 where there is
	// none.
	Line     int `json:"line,omitempty"`
	LockLine int `json:"lockLine,omitempty"`
	// Old is what the lock has, New what the source is now.
	Old *Pinned `json:"old,omitempty"`
	New *Pinned `json:"new,omitempty"`
}

// Pinned is what a source is, with what the config of an image tells about it.
type Pinned struct {
	Pin     string     `json:"pin"`
	Created *time.Time `json:"created,omitempty"`
	Version string     `json:"version,omitempty"`
}

// Syntax is the image of the syntax line as it is now.
type Syntax struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// Compare compares a lock, which may be nil, with the sources as they are now.
// names are the names in the Dockerfile that hold variables: what the lock has for
// other values of them is in use.
func Compare(name string, old *Lock, found []Source, names []string) *Check {
	c := &Check{Lock: name, Sources: len(found), Differences: []Difference{}}
	if old == nil {
		old = New(name, nil)
	}
	used := map[string]bool{}
	for _, e := range OfOtherArgs(old, found, names) {
		used[e.Identifier] = true
	}
	lines := map[string]int{}
	for _, e := range old.Entries {
		lines[e.Identifier] = e.Line
	}
	var missing []Difference
	for _, s := range found {
		used[s.Identifier] = true
		d := Difference{Name: s.Name, Identifier: s.Identifier, Line: s.Line, LockLine: lines[s.Identifier], New: &Pinned{Pin: s.Pin}}
		pin, ok := old.Pin(s.Identifier)
		switch {
		case !ok:
			d.State = Missing
			missing = append(missing, d)
		case pin != s.Pin:
			d.State, d.Old = Moved, &Pinned{Pin: pin}
			c.Differences = append(c.Differences, d)
		}
	}
	c.Differences = append(c.Differences, missing...)
	for _, e := range old.Entries {
		if !used[e.Identifier] {
			name := strings.TrimPrefix(e.Identifier, imageScheme)
			c.Differences = append(c.Differences, Difference{State: Unused, Name: name, Identifier: e.Identifier, LockLine: e.Line, Old: &Pinned{Pin: e.Pin}})
		}
	}
	return c
}

// Describe adds the dates and versions of images that have moved, as far as their
// configs tell. An old image may be gone: then nothing is known of it.
func (c *Check) Describe(ctx context.Context, gateway client.Client, found []Source) {
	configs := map[string]*dockerspec.DockerOCIImage{}
	for _, s := range found {
		configs[s.Identifier] = s.Config
	}
	var eg errgroup.Group
	for _, d := range c.Differences {
		name, isImage := strings.CutPrefix(d.Identifier, imageScheme)
		if config := configs[d.Identifier]; d.New != nil && config != nil {
			d.New.describe(config)
		}
		if d.State != Moved || !isImage {
			continue
		}
		eg.Go(func() error {
			platform := configs[d.Identifier].Platform
			d.Old.describe(configAt(ctx, gateway, name+"@"+d.Old.Pin, platform))
			return nil
		})
	}
	_ = eg.Wait()
}

// configAt is the config of an image, nil where it cannot be found.
func configAt(ctx context.Context, gateway client.Client, ref string, platform ocispecs.Platform) *dockerspec.DockerOCIImage {
	_, _, raw, err := gateway.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName:  "[internal] load metadata for " + ref,
		ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &platform},
	})
	config := &dockerspec.DockerOCIImage{}
	if err != nil || json.Unmarshal(raw, config) != nil {
		return nil
	}
	return config
}

func (p *Pinned) describe(config *dockerspec.DockerOCIImage) {
	if config == nil {
		return
	}
	p.Created = config.Created
	p.Version = config.Config.Labels[ocispecs.AnnotationVersion]
}

// LookUpSyntax finds what the image of the syntax line is now. A frontend is
// started before any lock is read, so the lock cannot pin it.
func (c *Check) LookUpSyntax(ctx context.Context, gateway client.Client, dockerfile []byte) error {
	name, _, _, ok := parser.DetectSyntax(dockerfile)
	if !ok || strings.Contains(name, "@") {
		return nil
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return err
	}
	// The builder takes the name as it is: without a registry it would be a host's.
	ref := reference.TagNameOnly(named).String()
	_, pin, _, err := gateway.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName:  "[internal] load metadata for " + name,
		ImageOpt: &sourceresolver.ResolveImageOpt{},
	})
	if err == nil {
		c.Syntax = &Syntax{Name: name, Digest: pin.String()}
	}
	return err
}
