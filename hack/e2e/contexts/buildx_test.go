package contexts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session/upload/uploadprovider"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/imagerun"
)

// command is one run of the real buildx, without what says where the image goes.
type command struct {
	dir   string // where it runs
	stdin string
	args  []string
}

// run runs buildx and reads the steps from the progress that it prints.
func (c command) run(t *testing.T) (*buildrun.Report, error) {
	t.Helper()
	cmd, err := scenario.Bench().Command(t.Context(), "buildx", append(c.args, "--progress=rawjson")...)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdin = c.dir, strings.NewReader(c.stdin)
	return buildrun.Solve(t.Context(), client.SolveOpt{}, nil,
		func(_ context.Context, _ client.SolveOpt, ch chan *client.SolveStatus) (*client.SolveResponse, error) {
			defer close(ch)
			progress, err := cmd.StderrPipe()
			if err != nil {
				return nil, err
			}
			if err := cmd.Start(); err != nil {
				return nil, err
			}
			said := readProgress(progress, ch)
			if err := cmd.Wait(); err != nil {
				return nil, fmt.Errorf("buildx %q: %w\n%s", c.args, err, said)
			}
			return nil, nil
		})
}

// readProgress sends what it reads to ch, and returns what is meant for people.
func readProgress(r io.Reader, ch chan *client.SolveStatus) string {
	var said bytes.Buffer
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		status := &client.SolveStatus{}
		if json.Unmarshal(line, status) == nil {
			ch <- status
		} else {
			said.Write(line)
		}
		if err != nil {
			return said.String()
		}
	}
}

// result runs buildx, which leaves the image in a folder.
func (c command) result(t *testing.T, layout string) *scenario.Result {
	t.Helper()
	r := &scenario.Result{Layout: layout, T: t}
	var err error
	if r.Report, err = c.run(t); err != nil {
		t.Fatal(err)
	}
	if r.Image, err = imagerun.Open(r.Layout); err != nil {
		t.Fatal(err)
	}
	return r
}

// image is result for a build.
func (c command) image(t *testing.T, more ...string) *scenario.Result {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "image")
	c.args = slices.Concat(c.args, more, []string{"--provenance=false", "-o", "type=oci,tar=false,source-date-epoch=1700000000,dest=" + layout})
	return c.result(t, layout)
}

// same is same for buildx: with Strata it is asked for by build argument.
func (c command) same(t *testing.T) *scenario.Result {
	t.Helper()
	unique := []string{"--build-arg", "CASE=" + scenario.Unique()}
	want := c.image(t, unique...)
	want.RanAll()
	got := c.image(t, append(unique, "--build-arg", "BUILDKIT_SYNTAX="+scenario.Frontend())...)
	got.Ran()
	sameResult(t, got, want)
	return got
}

// uploaded is a tar as the context that a client sends on demand, like buildx
// does with its standard input. Each build sends it anew.
func uploaded(data []byte) change {
	return func(b *buildrun.Build) {
		up := uploadprovider.New()
		b.Context = up.Add(io.NopCloser(bytes.NewReader(data)))
		b.Attach = append(slices.Clone(b.Attach), up)
	}
}

// The Dockerfile of a tar on standard input is outside it. No buildx sends that,
// but other clients do.
func TestDockerfileOutsideTheTar(t *testing.T) {
	p := project(t, scenario.Files{"own": copyTo("/own")})
	r := same(t, p, uploaded(archive(t, archiveFiles)), dockerfile(filepath.Join(p.Dir, "own")))
	r.Holds(scenario.Files{"/own/file": "archived"})
}

// What comes on standard input is a context, or only the Dockerfile.
func TestStandardInput(t *testing.T) {
	p := scenario.New(t, scenario.Files{
		"ctx/Dockerfile": copyAll, "ctx/file": "folder\n", "own": copyTo("/own"), "outside/dockerfile": copyTo("/outside"),
	})
	plain := archive(t, archiveFiles)
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		holds scenario.Files
	}{
		{name: "tar", stdin: string(plain), args: []string{"-"}, holds: scenario.Files{"/src/file": "archived"}},
		{name: "gzip", stdin: string(gzipped(t, plain)), args: []string{"-"}, holds: scenario.Files{"/src/file": "archived"}},
		{
			name: "tar with another Dockerfile in it", stdin: string(plain), args: []string{"-f", "sub/Dockerfile", "-"},
			holds: scenario.Files{"/sub/file": "archived"},
		},
		{
			name: "Dockerfile", stdin: copyTo("/input"), args: []string{"-"},
			holds: scenario.Files{"/input/file": scenario.Absent, "/input/Dockerfile": scenario.Absent},
		},
		{
			name: "Dockerfile for a folder", stdin: copyTo("/input"), args: []string{"-f", "-", "ctx"},
			holds: scenario.Files{"/input/file": "folder"},
		},
		{name: "nothing", args: []string{"-f", "own", "ctx"}, holds: scenario.Files{"/own/file": "folder"}},
		{name: "nothing in lower case", args: []string{"-f", "outside/Dockerfile", "ctx"}, holds: scenario.Files{"/outside/file": "folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := command{dir: p.Dir, stdin: c.stdin, args: append([]string{"build"}, c.args...)}.same(t)
			r.Holds(c.holds)
		})
	}
}
