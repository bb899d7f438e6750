package lock

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/stratabuild/strata/internal/guard"
)

// A Check holds the differences between a lock and the sources.
type Check struct {
	// Lock is the name of the lock. Sources is the number of sources that the
	// Dockerfile names and does not pin.
	Lock    string `json:"lock"`
	Sources int    `json:"sources"`
	// Differences are sorted by state and identifier.
	Differences []Difference `json:"differences"`
	// Syntax is the image of the syntax line. It is nil if there is none, or if it
	// is pinned.
	Syntax *Syntax `json:"syntax,omitempty"`

	of Dockerfile
}

// State is the kind of a difference between a source and the lock.
type State string

// The states.
const (
	Moved   State = "moved"   // the source no longer matches its pin
	Missing State = "missing" // the source is not in the lock
	Failed  State = "failed"  // the source cannot be looked up
	Unused  State = "unused"  // the entry matches no source of the Dockerfile
)

// A Difference is a source that does not match the lock.
type Difference struct {
	State      State  `json:"state"`
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
	// Line is the line of the Dockerfile, LockLine that of the lock; 0 if there is
	// none.
	Line     int `json:"line,omitempty"`
	LockLine int `json:"lockLine,omitempty"`
	// Old is the pin in the lock, New the current pin of the source.
	Old *Pinned `json:"old,omitempty"`
	New *Pinned `json:"new,omitempty"`
	// Error says why the source cannot be looked up.
	Error string `json:"error,omitempty"`
}

// Pinned is the pin of a source, with data from the config of an image.
type Pinned struct {
	Pin     string     `json:"pin"`
	Created *time.Time `json:"created,omitempty"`
	Version string     `json:"version,omitempty"`
}

// Syntax is the current image of the syntax line.
type Syntax struct {
	Name   string `json:"name"`
	Digest string `json:"digest,omitempty"`
	// Error says why the image could not be looked up. The digest is then empty.
	Error string `json:"error,omitempty"`
}

// Compare compares a lock, which may be nil, with the current sources. The
// entries that a pattern matches are for other builds and count as used.
func Compare(of Dockerfile, old *Lock, found []Source, patterns []*regexp.Regexp) *Check {
	c := &Check{of: of, Lock: of.Lock(), Sources: len(found), Differences: []Difference{}}
	if old == nil {
		old = New(of, nil)
	}
	used := map[string]bool{}
	for _, e := range OfOtherBuilds(old, found, patterns) {
		used[e.Identifier] = true
	}
	lines := map[string]int{}
	for _, e := range old.Entries {
		lines[e.Identifier] = e.Line
	}
	var missing, failed []Difference
	for _, s := range found {
		used[s.Identifier] = true
		d := Difference{Name: s.Name, Identifier: s.Identifier, Line: s.Line, LockLine: lines[s.Identifier], New: &Pinned{Pin: s.Pin}}
		pin, ok := old.Pin(s.Identifier)
		if ok && (s.Err != nil || pin != s.Pin) {
			d.Old = &Pinned{Pin: pin}
		}
		switch {
		case s.Err != nil:
			d.State, d.New, d.Error = Failed, nil, s.Err.Error()
			failed = append(failed, d)
		case !ok:
			d.State = Missing
			missing = append(missing, d)
		case pin != s.Pin:
			d.State = Moved
			c.Differences = append(c.Differences, d)
		}
	}
	c.Differences = append(append(c.Differences, missing...), failed...)
	for _, e := range old.Entries {
		if !used[e.Identifier] {
			name := strings.TrimPrefix(e.Identifier, imageScheme)
			c.Differences = append(c.Differences, Difference{State: Unused, Name: name, Identifier: e.Identifier, LockLine: e.Line, Old: &Pinned{Pin: e.Pin}})
		}
	}
	return c
}

// Describe adds the dates and versions of images that have moved, if their configs
// have them. An old image may have been deleted; it then gets no description. The error
// is one of the frontend.
func (c *Check) Describe(ctx context.Context, gateway client.Client, found []Source) error {
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
		eg.Go(func() (err error) {
			defer guard.Recover(&err)
			platform := configs[d.Identifier].Platform
			d.Old.describe(configAt(ctx, gateway, name+"@"+d.Old.Pin, platform))
			return nil
		})
	}
	return eg.Wait()
}

// configAt returns the config of an image, or nil if it cannot be found.
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

// LookUpSyntax resolves the image of the syntax line. The lock cannot pin it,
// because the frontend starts before any lock is read. The image may not exist for
// this daemon: the build arg BUILDKIT_SYNTAX can name another one.
func (c *Check) LookUpSyntax(ctx context.Context, gateway client.Client, dockerfile []byte) {
	name, _, _, ok := parser.DetectSyntax(dockerfile)
	if !ok || strings.Contains(name, "@") {
		return
	}
	c.Syntax = &Syntax{Name: name}
	if pin, err := syntaxDigest(ctx, gateway, name); err != nil {
		c.Syntax.Error = err.Error()
	} else {
		c.Syntax.Digest = pin.String()
	}
}

func syntaxDigest(ctx context.Context, gateway client.Client, name string) (digest.Digest, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	// BuildKit does not normalize the name: without a registry, its first part
	// would be taken for a host.
	ref := reference.TagNameOnly(named).String()
	_, pin, _, err := gateway.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName:  "[internal] load metadata for " + name,
		ImageOpt: &sourceresolver.ResolveImageOpt{},
	})
	return pin, err
}
