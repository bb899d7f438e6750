package builders

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// examples are projects of examples/, the engines that can run them, and the way to
// check there that they work.
var examples = []struct {
	dir    string
	on     []string
	ask    []string // a command inside that asks the server
	answer string
}{
	{
		dir: "python-web", on: []string{engine, olderEngine}, answer: "Hello from python-web",
		ask: []string{"python", "-c", "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').read())"},
	},
	{
		dir: "node-app", on: []string{engine}, answer: "A week has 7 days.",
		ask: []string{"node", "-e", "fetch('http://127.0.0.1:3000/').then(r => r.text()).then(console.log)"},
	},
	{
		dir: "static-site", on: []string{engine, dockerContainer, olderEngine}, answer: "<title>Field notes: Start here</title>",
		ask: []string{"wget", "-q", "-O", "-", "http://127.0.0.1:8080/"},
	},
}

// example is a copy of a project of examples/.
func example(t *testing.T, dir string) *project {
	t.Helper()
	p := emptyProject(t)
	must(t, os.CopyFS(p.Dir, os.DirFS(filepath.Join("..", "..", "..", "examples", dir))))
	p.dockerfile = p.Read("Dockerfile")
	return p
}

// examples builds each example, runs it, and builds it again. Without an engine
// that can run it, the daemon's own frontend builds it first.
func (b builder) examples(t *testing.T) {
	if b.docker.command == nil {
		p := example(t, "static-site")
		_, want := b.local(t, b.buildx(), p, build{reference: true, noCache: true, ran: all})
		_, got := b.local(t, b.clients[0], p, build{ran: nothing})
		scenario.SameFiles(t, got, want)
		return
	}
	for _, e := range examples {
		if !slices.Contains(e.on, b.name) {
			continue
		}
		t.Run(e.dir, func(t *testing.T) {
			p := example(t, e.dir)
			image := "example-" + p.unique
			output := append([]string{"--tag=" + image, "--label=kind=example"}, b.load...)
			out := b.once(t, b.clients[0], p, build{}, output...)
			if ran, _ := scenario.ReadSteps(out); len(ran) == 0 {
				t.Errorf("nothing ran:\n%s", out)
			}
			b.once(t, b.buildx(), p, build{ran: nothing}, output...)
			if got := b.docker.run(t, "inspect", "--format={{.Config.Labels.kind}}", image); got != "example" {
				t.Errorf("the label is %q", got)
			}
			b.askServer(t, image, e.ask, e.answer)
		})
	}
}

// askServer starts the image and queries it until it answers.
func (b builder) askServer(t *testing.T, image string, ask []string, want string) {
	t.Helper()
	id := b.docker.run(t, "run", "--detach", "--network=none", image)
	defer b.docker.run(t, "rm", "--force", id)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		got, err := b.docker.try(t, "", append([]string{"exec", id}, ask...)...)
		if err == nil && strings.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server answers %q (%v), not %q", got, err, want)
		}
	}
}

// inlineCache reuses the steps of an image that was pushed with an inline cache,
// after the engine has dropped them.
func (b builder) inlineCache(t *testing.T) {
	p := newProject(t, "FROM busybox\nCOPY a /\nRUN date > /date\n")
	image := scenario.Env().Registry() + "/builders/inline:" + p.unique
	b.once(t, b.clients[0], p, build{args: map[string]string{"BUILDKIT_INLINE_CACHE": "1"}, ran: all}, "--tag="+image)
	b.docker.run(t, "push", image)
	for _, c := range b.clients {
		b.docker.run(t, b.prune...)
		b.once(t, c, p, build{ran: nothing}, "--cache-from="+image)
	}
}

// baseImage moves the tag of a base image that the engine does not have, and of one
// that it has.
func (b builder) baseImage(t *testing.T) {
	p := newProject(t, "FROM {registry}/builders/base:{unique}\nRUN cp /version /copied\n")
	base := p.words.Replace("{registry}/builders/base:{unique}")
	move := func(version string) string {
		return scenario.Push(t, base, scenario.Files{"version": version + "\n"})
	}
	wants := func(c client, version string, ran []string, more ...string) {
		t.Helper()
		b.local(t, c, p, build{ran: ran, holds: scenario.Files{"copied": version}}, more...)
	}
	first, last := b.clients[0], b.buildx()
	digest := move("first")
	wants(first, "first", all)
	move("second")
	wants(last, "second", all)
	move("third")
	wants(first, "third", all, "--pull")

	move("held")
	b.docker.run(t, "pull", base)
	move("new")
	// The current engine lets any frontend image, even the reference, ask the
	// registry first.
	unasked := "new"
	if b.name == olderEngine {
		unasked = "held"
	}
	wants(first, unasked, all)
	wants(last, unasked, nothing)
	wants(last, "new", nil, "--pull")
	wants(first, unasked, nothing)
	wants(first, unasked, all, "--no-cache")

	p.dockerfile = strings.Replace(p.dockerfile, base, base+"@"+digest, 1)
	wants(first, "first", nothing, "--pull")
	held := "held-" + p.unique
	b.docker.run(t, "tag", base, held)
	p.dockerfile = strings.Replace(p.dockerfile, base+"@"+digest, held, 1)
	wants(last, "held", nil)
}

// loadRemote builds on another BuildKit and loads the image into the client's
// engine.
func (b builder) loadRemote(t *testing.T) {
	remote := client{name: "remote", command: b.docker.command, args: []string{"buildx", "build", "--builder=remote"}}
	remote.run(t, "buildx", "create", "--name=remote", "--driver=remote", scenario.Env().Daemon().Addr())
	p := newProject(t, "FROM busybox\nCOPY a /\nENV KIND=product\n")
	image, file := "loaded-"+p.unique, filepath.Join(t.TempDir(), "metadata.json")
	var ids []string
	for _, reference := range []bool{true, false} {
		b.once(t, remote, p, build{reference: reference, args: onDay(0, "1")},
			"--load", "--provenance=false", "--tag="+image, "--metadata-file="+file)
		ids = append(ids, b.docker.run(t, "inspect", "--format={{.Id}} {{.Config.Env}}", image))
		raw, err := os.ReadFile(file)
		must(t, err)
		id, env, _ := strings.Cut(ids[len(ids)-1], " ")
		if !strings.Contains(string(raw), id) || !strings.Contains(env, "KIND=product") || ids[0] != ids[len(ids)-1] {
			t.Errorf("the engine has %q, built is\n%s", ids, raw)
		}
	}
}
