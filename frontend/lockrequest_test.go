package frontend

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/difftest"
)

const zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// A URL that the Dockerfile also adds with a checksum gets the checksum of what the
// server has.
func TestLockOfURLWithAndWithoutChecksum(t *testing.T) {
	const plain, pinned = "ADD https://example.com/file /a\n", "ADD --checksum=" + zeros + " https://example.com/file /b\n"
	want := digest.FromString("https://example.com/file").String()
	for _, lines := range []string{plain + pinned, pinned + plain} {
		gw := &policyGateway{Gateway: difftest.NewGateway(asking(lockable("FROM scratch\n"+lines, nil), "frontend.lock"))}
		res, err := Build(t.Context(), gw)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(res.Metadata["result.txt"]); strings.Count(text, "CONVERT") != 1 || !strings.Contains(text, want) || gw.asked != "" {
			t.Errorf("%s\nit asks for the checksum %q, and the lock is\n%s", lines, gw.asked, text)
		}
	}
}

// policyGateway is a daemon with a source policy of the client.
type policyGateway struct {
	*difftest.Gateway
	image      string        // the reference that images get
	identifier string        // the identifier that other sources get
	checksum   digest.Digest // the checksum that other sources get
	asked      string        // the checksum of the last request
}

func (g *policyGateway) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	name, sum, config, err := g.Gateway.ResolveImageConfig(ctx, ref, opt)
	if g.image != "" {
		name = g.image
	}
	return name, sum, config, err
}

func (g *policyGateway) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	g.asked = op.Attrs[pb.AttrHTTPChecksum]
	meta, err := g.Gateway.ResolveSourceMetadata(ctx, op, opt)
	if err != nil {
		return nil, err
	}
	meta.Op = op.CloneVT()
	if g.identifier != "" {
		meta.Op.Identifier = g.identifier
	}
	if g.checksum != "" {
		meta.Op.Attrs[pb.AttrHTTPChecksum] = g.checksum.String()
	}
	return meta, nil
}

// A source policy of the client would put its own pins into the lock. The policy can
// be the old lock.
func TestLockUnderAPolicy(t *testing.T) {
	const image, file, repo = "FROM alpine\n", "FROM scratch\nADD https://example.com/file /\n", "FROM scratch\nADD https://example.com/r.git#main /\n"
	for _, try := range []struct {
		dockerfile string
		policy     policyGateway
		by         string // what the policy takes, empty if there is no error
	}{
		{image, policyGateway{}, ""},
		{image, policyGateway{image: "docker.io/library/alpine:latest"}, ""},
		{image, policyGateway{image: "docker.io/library/alpine:latest@" + zeros}, "alpine: a source policy of the client takes docker.io/library/alpine:latest@" + zeros},
		{image, policyGateway{image: "mirror.example.com/alpine:latest"}, "alpine: a source policy of the client takes mirror.example.com/alpine:latest"},
		{file, policyGateway{}, ""},
		{file, policyGateway{checksum: zeros}, "https://example.com/file: a source policy of the client takes https://example.com/file " + zeros},
		{file, policyGateway{identifier: "https://mirror.example.com/file"}, "https://example.com/file: a source policy of the client takes https://mirror.example.com/file"},
		{repo, policyGateway{}, ""},
		{repo, policyGateway{identifier: "git://example.com/r.git#0123"}, "https://example.com/r.git#main: a source policy of the client takes git://example.com/r.git#0123"},
	} {
		for _, request := range []string{"frontend.lock", "frontend.lockcheck"} {
			gw := try.policy
			gw.Gateway = difftest.NewGateway(asking(lockable(try.dockerfile, nil), request))
			_, err := Build(t.Context(), &gw)
			if try.by == "" {
				if err != nil {
					t.Errorf("%s of %q: %v", request, try.dockerfile, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), try.by+" in its place (write and check the lock without the policy)") {
				t.Errorf("%s of %q under %v: the error is %v", request, try.dockerfile, try.policy, err)
			}
		}
	}
}

// A FROM that can name any image keeps the lines of images, and an ADD that can name
// any URL those of files and repositories.
func TestLinesOfAnyValue(t *testing.T) {
	c := locked(t, lockable(external, nil))
	for dockerfile, want := range map[string]string{
		"ARG BASE=alpine\nFROM $BASE\n":                                               "git://example.com/r.git#main https://example.com/file",
		"FROM alpine\nARG URL=https://example.com/file\nADD ${URL} /\n":               "docker.io/library/busybox:latest docker.io/library/debian:latest docker.io/library/golang:latest",
		"ARG R\nFROM ${R:+${R}/}golang\nCOPY --from=alpine /a /\nADD --link f$R /b\n": "docker.io/library/busybox:latest docker.io/library/debian:latest git://example.com/r.git#main https://example.com/file",
	} {
		c.Dockerfile = []byte(dockerfile)
		res, err := ask(t, c, "frontend.lockcheck")
		if err != nil {
			t.Fatal(err)
		}
		var unused []string
		for _, m := range regexp.MustCompile(`(?m)^unused +(\S+) `).FindAllStringSubmatch(string(res.Metadata["result.txt"]), -1) {
			unused = append(unused, m[1])
		}
		if got := strings.Join(unused, " "); got != want {
			t.Errorf("%s\nunused are %s, not %s", dockerfile, got, want)
		}
		text := *locked(t, c).Options.Lock
		for _, name := range unused {
			if strings.Contains(text, name) {
				t.Errorf("%s\nthe lock keeps %s", dockerfile, name)
			}
		}
	}
}

// The line of an image that a named context replaces is used, and stays.
func TestLineOfAReplacedImage(t *testing.T) {
	c := locked(t, lockable("FROM golang AS build\nFROM alpine\nCOPY --from=busybox /a /\nCOPY --from=build /a /\n", nil))
	old := *c.Options.Lock
	for _, name := range []string{"busybox", "alpine", "docker.io/library/alpine:latest", "build"} {
		c.Options.NamedContexts = map[string]string{name: "docker-image://debian"}
		res, err := ask(t, c, "frontend.lockcheck")
		if err != nil || len(res.Metadata["result.statuscode"]) > 0 {
			t.Errorf("%s: %v\n%s", name, err, res.Metadata["result.txt"])
		}
		if text := *locked(t, c).Options.Lock; text != old {
			t.Errorf("%s: the lock changes\n%s", name, difftest.DiffText(old, text))
		}
	}
}

// A syntax line whose image cannot be looked up is no reason to keep the differences
// back.
func TestCheckWithoutSyntaxImage(t *testing.T) {
	c := locked(t, lockable("FROM alpine\n", nil))
	c.Dockerfile = []byte("# syntax=localhost:5000/strata:1\nFROM alpine\nCOPY --from=busybox /a /\n")
	res, err := ask(t, c, "frontend.lockcheck")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"missing  busybox (Dockerfile:3)", "The syntax line names localhost:5000/strata:1, which cannot be looked up: localhost:5000/strata:1: not found"} {
		if !strings.Contains(string(res.Metadata["result.txt"]), want) {
			t.Errorf("the check lacks %q:\n%s", want, res.Metadata["result.txt"])
		}
	}
}
