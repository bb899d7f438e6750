package caching

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/dockerd"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// engine is a Docker Engine with its embedded BuildKit.
type engine struct {
	*scenario.Daemon
	docker *dockerd.Daemon
}

func startEngine(t *testing.T) engine {
	t.Helper()
	d, c := scenario.StartEngine(t, scenario.Bench(), dockerd.Older)
	return engine{&scenario.Daemon{Client: c}, d}
}

// baseOnEngine moves a tag under an engine that holds no image of that name,
// and under one that holds it.
func baseOnEngine(t *testing.T) {
	e := startEngine(t)
	name := readers.Replace("registry.example.com/team/engine:" + scenario.Unique())
	p := project(t, 0, nil)
	p.Edit(readers.Replace(baseName), name)
	pinned := name + "@" + scenario.Push(t, name, scenario.Files{"version": "0\n"})
	e.build(t, p, "default", "0", true)
	e.build(t, p, "default", "0", false)

	move := func(version string) { scenario.Push(t, name, scenario.Files{"version": version + "\n"}) }
	t.Run("holds no image", func(t *testing.T) {
		for i, mode := range []string{"default", "pull", "local"} {
			version := fmt.Sprint(i + 1)
			move(version)
			e.build(t, p, mode, version, true)
			e.build(t, p, mode, version, false)
		}
	})
	t.Run("holds the image", func(t *testing.T) {
		move("held")
		e.pull(t, name)
		move("new")
		e.build(t, p, "default", "held", true)
		e.build(t, p, "local", "held", false)
		e.build(t, p, "pull", "new", true)
		e.build(t, p, "default", "held", false)
		e.build(t, p, "default", "held", true, noCache())
	})
	t.Run("pinned", func(t *testing.T) {
		p := p.With(t)
		p.Edit(name, pinned)
		e.build(t, p, "pull", "0", false)
	})
}

// build builds and says what /copied has to hold, and whether the step runs.
func (e engine) build(t *testing.T, p *scenario.Project, mode, want string, ran bool, changes ...func(*buildrun.Build)) {
	t.Helper()
	rep, dir := e.try(t, p, append(changes, attr("image-resolve-mode", mode))...)
	raw, err := os.ReadFile(filepath.Join(dir, "copied"))
	if got := strings.TrimSpace(string(raw)); err != nil || got != want {
		t.Errorf("mode %s: the base has version %q, not %q (%v)", mode, got, want, err)
	}
	if n := len(rep.Ran()); (n == 1) != ran || n+len(rep.Cached()) != 1 {
		t.Errorf("mode %s: the step has to run: %v\n%s", mode, ran, rep)
	}
}

// try exports the files, as this engine knows no OCI layouts. It has no network
// for its steps.
func (e engine) try(t *testing.T, p *scenario.Project, changes ...func(*buildrun.Build)) (*buildrun.Report, string) {
	t.Helper()
	dir := t.TempDir()
	changes = append(changes, attr("force-network-mode", "none"), func(b *buildrun.Build) {
		b.Exports = []buildrun.Export{buildrun.Local(dir)}
	})
	rep, err := p.With(t).Try(e.Daemon, changes...)
	if err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	return rep, dir
}

// pull is "docker pull".
func (e engine) pull(t *testing.T, name string) {
	t.Helper()
	socket := strings.TrimPrefix(e.docker.Host(), "unix://")
	web := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	resp, err := web.Post("http://docker/images/create?fromImage="+url.QueryEscape(name), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || strings.Contains(string(out), `"error"`) {
		t.Fatalf("pull %s: %s, %v\n%s", name, resp.Status, err, out)
	}
}
