package lock

import (
	"regexp"
	"strings"
	"testing"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
)

const digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

func found(identifier, name, pin string, line int) Source {
	return Source{Entry: Entry{Identifier: identifier, Pin: pin, Line: line}, Name: name}
}

// A check lists moved sources first, then missing sources, then unused entries.
func TestCheck(t *testing.T) {
	old, diags := Parse(dockerfile, []byte(file))
	if diags != nil {
		t.Fatal(diags.Err())
	}
	moved := found(busybox, "busybox", digestB, 1)
	created := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	moved.Config = &dockerspec.DockerOCIImage{}
	moved.Config.Created = &created
	moved.Config.Config.Labels = map[string]string{"org.opencontainers.image.version": "1.2"}
	c := Compare(dockerfile, old, []Source{
		found("docker-image://docker.io/library/alpine:3", "alpine:3", digestA, 2),
		moved,
		found("git://example.com/r.git", "https://example.com/r.git", commitA, 4),
	}, nil)
	gone := difftest.NewGateway(difftest.Case{Options: difftest.Options{Images: map[string]difftest.Image{"busybox": {Error: "gone"}}}})
	if err := c.Describe(t.Context(), gone, []Source{moved}); err != nil {
		t.Fatal(err)
	}
	c.Syntax = &Syntax{Name: "example.com/strata:1", Digest: digestA}
	want := `Dockerfile.lock has 4 differences.

moved    busybox (Dockerfile:1)
    old  ` + digestA + `
    new  ` + digestB + ` (built 2020-01-02 03:04:05, version 1.2)

missing  alpine:3 (Dockerfile:2)
    new  ` + digestA + `

unused   git://example.com/r.git#main:sub (Dockerfile.lock:4)
    old  ` + commitA + `

unused   https://example.com/a?b=c&d=<e> (Dockerfile.lock:5)
    old  ` + digestA + `

Update it with docker buildx build --call=lock . > Dockerfile.lock

The syntax line names example.com/strata:1, which is ` + digestA + ` now. A lock cannot pin it: write # syntax=example.com/strata:1@` + digestA + ` to do so.
`
	if got := c.Text(); got != want {
		t.Error(difftest.DiffText(want, got))
	}
	if got := Compare(dockerfile, nil, nil, nil).Text(); got != "Dockerfile.lock is up to date: 0 sources.\n" {
		t.Errorf("without sources: %q", got)
	}
}

// An entry is used if the pattern of a name with variables matches it.
func TestOtherArgs(t *testing.T) {
	l := New(dockerfile, []Entry{{Identifier: busybox, Pin: digestA}, {Identifier: "https://example.com/busybox", Pin: digestA}})
	patterns := []*regexp.Regexp{regexp.MustCompile("^https://example.org/.*$"), regexp.MustCompile("^docker-image://.*busybox.*$")}
	if kept := OfOtherBuilds(l, nil, patterns); len(kept) != 1 || kept[0].Identifier != busybox {
		t.Errorf("the entries of other args are %v", kept)
	}
	if kept := OfOtherBuilds(l, []Source{{Entry: l.Entries[0]}}, patterns); len(kept) != 0 {
		t.Errorf("%v are of other args, but were found", kept)
	}
	if c := Compare(dockerfile, l, nil, patterns); len(c.Differences) != 1 || c.Differences[0].Identifier != "https://example.com/busybox" {
		t.Errorf("the differences are %v", c.Differences)
	}
}

// BuildKit does not normalize the name of an image, so the check asks for the full
// name.
func TestLookUpSyntax(t *testing.T) {
	gateway := difftest.NewGateway(difftest.Case{})
	for line, asked := range map[string]string{
		"# syntax=busybox":                   "docker.io/library/busybox:latest",
		"# syntax=stratabuild/strata:1":      "docker.io/stratabuild/strata:1",
		"# syntax=example.com/strata:1 opts": "example.com/strata:1",
	} {
		var c Check
		c.LookUpSyntax(t.Context(), gateway, []byte(line+"\nFROM busybox\n"))
		if text := c.Text(); (c.Syntax.Error != "") != (asked != "docker.io/library/busybox:latest") || strings.Contains(text, "cannot be looked up: "+asked+": not found\n") != (c.Syntax.Error != "") {
			t.Errorf("%s: %v\n%s", line, c.Syntax, text)
		}
		if gateway.Calls()["ResolveImageConfig "+asked] != 1 {
			t.Errorf("%s: asked for %v, not for %s", line, gateway.Calls(), asked)
		}
	}
}
