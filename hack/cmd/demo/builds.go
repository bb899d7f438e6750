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

// demo builds the example in its own copy of it.
type demo struct {
	client   *client.Client
	frontend string
	dir      string
	out      io.Writer
}

// show builds with both Dockerfiles and says what was seen.
func (d demo) show(ctx context.Context) error {
	slow, err := d.threeBuilds(ctx, "Dockerfile.slow")
	if err != nil {
		return err
	}
	good, err := d.threeBuilds(ctx, "Dockerfile")
	if err != nil {
		return err
	}
	for _, r := range []runs{slow, good} {
		if err := printTable(d.out, r); err != nil {
			return err
		}
	}
	sentence, err := lesson(slow, good)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%s\n", sentence)
	return printWhy(d.out, slow, good)
}

func (d demo) threeBuilds(ctx context.Context, dockerfile string) (r runs, err error) {
	r.dockerfile = dockerfile
	original, err := os.ReadFile(filepath.Join(d.dir, sourceFile))
	if err != nil {
		return r, err
	}
	for _, b := range []struct {
		what   string
		cold   bool
		source []byte
		result *build
	}{
		{"cold", true, original, &r.cold},
		{"unchanged", false, original, &r.unchanged},
		{"source edited", false, edited(original), &r.edited},
	} {
		if err := os.WriteFile(filepath.Join(d.dir, sourceFile), b.source, 0o644); err != nil {
			return r, err
		}
		fmt.Fprintf(d.out, "building with %s, %s ...\n", dockerfile, b.what)
		if *b.result, err = d.build(ctx, dockerfile, b.cold); err != nil {
			return r, fmt.Errorf("%s, %s: %w", dockerfile, b.what, err)
		}
	}
	return r, os.WriteFile(filepath.Join(d.dir, sourceFile), original, 0o644)
}

// edited is the source as it has never been before: an edit that an earlier
// demo made could still be in the cache.
func edited(source []byte) []byte {
	greeting := fmt.Sprintf("Hello again, at %s,", time.Now().Format(time.RFC3339Nano))
	return []byte(strings.Replace(string(source), "Hello", greeting, 1))
}

// build runs one build. A cold one does not look into the cache, but fills it.
func (d demo) build(ctx context.Context, dockerfile string, cold bool) (build, error) {
	rep, err := buildrun.Run(ctx, d.client, buildrun.Build{
		Frontend:   buildrun.Image(d.frontend),
		Context:    d.dir,
		Dockerfile: dockerfile,
		NoCache:    cold,
	})
	if err != nil {
		return build{}, fmt.Errorf("%w\n%s", err, rep.Logs())
	}
	b := build{took: rep.Took}
	for _, s := range rep.Steps {
		if strings.HasPrefix(s.Name, "why: ") {
			b.why = append(b.why, s.Name)
		}
	}
	for _, s := range rep.Instructions() {
		if strings.HasPrefix(s.Instruction(), "FROM ") {
			continue // finding the base image is no work of the build's
		}
		b.steps = append(b.steps, step{name: shorten(s.Name), cached: s.Cached, took: s.Took()})
	}
	return b, nil
}

var pin = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// shorten makes a step's name fit into a line of the table.
func shorten(name string) string {
	const most = 56
	name = strings.Replace(pin.ReplaceAllString(name, ""), "docker.io/library/", "", 1)
	if r := []rune(name); len(r) > most {
		name = string(r[:most-1]) + "…"
	}
	return name
}
