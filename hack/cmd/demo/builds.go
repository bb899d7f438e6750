package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
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

func (d demo) threeBuilds(ctx context.Context, dockerfile string) (r runs, err error) {
	r.dockerfile = dockerfile
	source, err := os.ReadFile(filepath.Join(d.dir, sourceFile))
	if err != nil {
		return r, err
	}
	original := edited(source) // for the files of an earlier demo, the comparison can be in the cache, and its memory lost
	for _, b := range []struct {
		what   string
		change change
		source []byte
		result *build
	}{
		{"cold, by docker/dockerfile", coldReference, original, &r.cold},
		{"unchanged, by Strata", noChange, original, &r.unchanged},
		{"with its source edited, by Strata", noChange, edited(original), &r.edited},
	} {
		if err := os.WriteFile(filepath.Join(d.dir, sourceFile), b.source, 0o644); err != nil {
			return r, err
		}
		fmt.Fprintf(d.out, "building %s %s ...\n", dockerfile, b.what)
		if *b.result, err = d.build(ctx, dockerfile, b.change); err != nil {
			return r, fmt.Errorf("%s, %s: %w", dockerfile, b.what, err)
		}
	}
	return r, os.WriteFile(filepath.Join(d.dir, sourceFile), source, 0o644)
}

// change changes one build.
type change func(*buildrun.Build)

func noChange(*buildrun.Build) {}

// coldReference builds with BuildKit's own frontend, which is docker/dockerfile. It ignores
// the cache, but fills it.
func coldReference(b *buildrun.Build) { b.Frontend, b.NoCache = buildrun.Builtin, true }

// edited returns the source with an edit that no earlier demo has made, because
// such an edit could still be in the cache.
func edited(source []byte) []byte {
	greeting := fmt.Sprintf("Hello again, at %s,", time.Now().Format(time.RFC3339Nano))
	return []byte(strings.Replace(string(source), "Hello", greeting, 1))
}

// epoch is the time of the images: two builds can give the same image only if their
// times are equal.
const epoch = "1700000000"

// description describes a build of the example with Strata.
func (d demo) description(dockerfile string) buildrun.Build {
	return buildrun.Build{
		Frontend:   buildrun.Image(d.frontend),
		Context:    d.dir,
		Dockerfile: dockerfile,
		Named:      d.named,
		Args:       map[string]string{"SOURCE_DATE_EPOCH": epoch},
		Exports:    []buildrun.Export{buildrun.Keep("demo")},
	}
}

func (d demo) build(ctx context.Context, dockerfile string, change change) (build, error) {
	description := d.description(dockerfile)
	change(&description)
	rep, err := buildrun.Run(ctx, d.client, description)
	if err != nil {
		return build{}, fmt.Errorf("%w\n%s", err, rep.Logs())
	}
	b := build{took: rep.Took, digest: rep.Digest(), why: rep.Why()}
	for _, s := range rep.Instructions() {
		if strings.HasPrefix(s.Instruction(), "FROM ") {
			continue // resolving the base image is not part of the build's work
		}
		b.steps = append(b.steps, step{name: shorten(s.Name), cached: s.Cached, took: s.Took()})
	}
	return b, nil
}

var pin = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// shorten shortens a step's name to fit into a line of the table.
func shorten(name string) string {
	const most = 56
	name = strings.Replace(pin.ReplaceAllString(name, ""), "docker.io/library/", "", 1)
	if r := []rune(name); len(r) > most {
		name = string(r[:most-1]) + "…"
	}
	return name
}
