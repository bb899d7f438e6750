package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
)

const (
	baseImage  = "python:3.11-slim"
	sourceFile = "app.py"
)

// demo builds the example in a private copy of it.
type demo struct {
	client   *client.Client
	frontend string
	dir      string
	named    map[string]string // named contexts
	out      io.Writer
}

func (d demo) read(name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(d.dir, name))
	return string(raw), err
}

func (d demo) write(name, content string) error {
	return os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o644)
}

// now returns a text that no earlier demo has used: its builds could still be in the
// cache.
func now() string { return time.Now().Format(time.RFC3339Nano) }

// edited returns the source with a new edit.
func edited(source string) string {
	return strings.Replace(source, "Hello", "Hello again, at "+now()+",", 1)
}

func (d demo) threeBuilds(ctx context.Context, dockerfile string) (r runs, err error) {
	r.dockerfile = dockerfile
	source, err := d.read(sourceFile)
	if err != nil {
		return r, err
	}
	original := edited(source) // for the files of an earlier demo, the comparison can be in the cache, and its memory lost
	for _, b := range []struct {
		what, source string
		change       func(*buildrun.Build)
		result       **buildrun.Report
	}{
		{"cold, by docker/dockerfile", original, coldReference, &r.cold},
		{"unchanged, by Strata", original, noChange, &r.unchanged},
		{"with its source edited, by Strata", edited(original), noChange, &r.edited},
	} {
		if err := d.write(sourceFile, b.source); err != nil {
			return r, err
		}
		fmt.Fprintf(d.out, "building %s %s ...\n", dockerfile, b.what)
		if *b.result, err = d.build(ctx, dockerfile, b.change); err != nil {
			return r, fmt.Errorf("%s, %s: %w", dockerfile, b.what, err)
		}
	}
	return r, d.write(sourceFile, source)
}

func noChange(*buildrun.Build) {}

// coldReference builds with BuildKit's own frontend, which is docker/dockerfile. It ignores
// the cache, but fills it.
func coldReference(b *buildrun.Build) { b.Frontend, b.NoCache = buildrun.Builtin, true }

// epoch is the time of the images: two builds can give the same image only if their
// times are equal.
const epoch = "1700000000"

// description describes a build of the example with Strata.
func (d demo) description(dockerfile string) buildrun.Build {
	return buildrun.Build{
		Frontend:   d.frontend,
		Context:    d.dir,
		Dockerfile: dockerfile,
		Named:      d.named,
		Args:       map[string]string{"SOURCE_DATE_EPOCH": epoch},
		Exports:    []buildrun.Export{buildrun.Keep("demo")},
	}
}

func (d demo) build(ctx context.Context, dockerfile string, change func(*buildrun.Build)) (*buildrun.Report, error) {
	description := d.description(dockerfile)
	change(&description)
	rep, err := buildrun.Run(ctx, d.client, description)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, rep.Logs())
	}
	return rep, nil
}

// ask makes a request and returns the answer as text.
func (d demo) ask(ctx context.Context, dockerfile, request string) (string, error) {
	description := d.description(dockerfile)
	description.Exports = nil
	description.Attrs = map[string]string{"requestid": request, "frontend.caps": "moby.buildkit.frontend.subrequests"}
	answer, err := buildrun.Ask(ctx, d.client, description)
	return string(answer["result.txt"]), err
}
