package e2e

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
)

// example is a project of examples/ with the behaviour of its image.
type example struct {
	dir        string
	dockerfile string
	target     string
	buildArgs  map[string]string
	serves     map[string]string // a pattern for the answer at each path
	prints     string            // the output of a program that ends
	files      map[string]string // for an image that does not run: path to content
}

var examples = []example{
	{
		dir:    "python-web",
		serves: map[string]string{"/": `<h1>Hello from python-web</h1>`, "/healthz": `^ok\n$`},
	},
	{
		dir: "python-web", dockerfile: "Dockerfile.slow",
		serves: map[string]string{"/": `<h1>Hello from python-web</h1>`},
	},
	{
		dir:    "go-multistage",
		prints: `^Layers\n  Base\n  Yours\n    Source\n4 headings, 2 links\n$`,
	},
	{
		dir: "go-multistage", dockerfile: "Dockerfile.index",
		prints: `^Layers\n`,
	},
	{
		dir:    "node-app",
		serves: map[string]string{"/": `<p>A week has 7 days.</p>`},
	},
	{
		dir: "static-site",
		serves: map[string]string{
			"/":            `<title>Field notes: Start here</title>`,
			"/cache.html":  `Less &amp; less to do`,
			"/sitemap.txt": `^cache.html\nindex.html\n$`,
			"/robots.txt":  `^X-Robots-Tag: noindex\n$`,
		},
	},
	{
		dir: "static-site", target: "files",
		buildArgs: map[string]string{"SITE_TITLE": "Notes", "ROBOTS": "all"},
		files: map[string]string{
			"index.html": `<title>Notes: Start here</title>`,
			"robots.txt": `^X-Robots-Tag: all\n$`,
		},
	},
	{dir: "static-site", target: "check", files: map[string]string{"site/index.html": `<h1>`}},
}

func (e example) name() string {
	return cmp.Or(e.dockerfile, e.target, "default")
}

func (e example) build(t *testing.T, f string) buildrun.Build {
	return buildrun.Build{
		Frontend:   f,
		Context:    exampleDir(t, e.dir),
		Dockerfile: e.dockerfile,
		Target:     e.target,
		Args:       e.buildArgs,
	}
}

// eachExample runs a test for each example. The examples of a project are built one
// after another, as they share steps: if one of them is running a step, the daemon
// shows it as run to the others as well.
func eachExample(t *testing.T, test func(*testing.T, example)) {
	projects := map[string][]example{}
	for _, e := range examples {
		projects[e.dir] = append(projects[e.dir], e)
	}
	for dir, list := range projects {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			for _, e := range list {
				t.Run(e.name(), func(t *testing.T) { test(t, e) })
			}
		})
	}
}

// TestExamples builds each example, runs the result, checks its behaviour, and
// builds it again: then no step may run. Then it builds each with the frontend that is
// built into BuildKit: no step may run either, and config, history and every file must be
// the same.
func TestExamples(t *testing.T) {
	eachExample(t, func(t *testing.T, e example) {
		b := e.build(t, scenario.Frontend())
		_, img := buildImage(t, b)
		e.check(t, img)
		again := build(t, b)
		if ran := again.Ran(); len(ran) > 0 {
			t.Errorf("nothing had changed, but these steps ran: %q", ran)
		}
		if len(again.Cached()) == 0 {
			t.Errorf("the second build shows no steps:\n%s", again)
		}
		reference, theirs := buildImage(t, e.build(t, buildrun.Builtin))
		if ran := reference.Ran(); len(ran) > 0 {
			t.Errorf("the reference runs these steps again: %q", ran)
		}
		sameAsReference(t, img, theirs)
	})
}

func (e example) check(t *testing.T, img *scenario.Image) {
	t.Helper()
	switch {
	case e.serves != nil:
		checkServer(t, img, e.serves)
	case e.prints != "":
		checkText(t, "the output", runImage(t, img), e.prints)
	default:
		root := t.TempDir()
		if err := img.Unpack(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		for name, want := range e.files {
			checkText(t, name, readFile(t, root, name), want)
		}
	}
}

// checkServer starts the image and requests pages like a browser.
func checkServer(t *testing.T, img *scenario.Image, pages map[string]string) {
	t.Helper()
	port := freePort(t)
	ctx, cancel := context.WithCancel(t.Context())
	cmd, err := container(ctx, img, t.TempDir(), "PORT="+port, "HOST=127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	end := func() {
		cancel()
		<-ended
	}
	defer end()
	for path, want := range pages {
		body, err := get(ctx, ended, "http://127.0.0.1:"+port+path)
		if err != nil {
			end()
			t.Fatalf("%v; the container printed:\n%s", err, printed.String())
		}
		checkText(t, path, body, want)
	}
}

// get retries until the server answers, the container ends, or a limit is reached.
func get(ctx context.Context, ended <-chan struct{}, url string) (page string, err error) {
	err = host.WaitReady(ctx, 2*time.Minute, ended, func(context.Context) error {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		page = string(body)
		return err
	})
	return page, err
}

func checkText(t *testing.T, what, got, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(got) {
		t.Errorf("%s does not match %s:\n%s", what, pattern, got)
	}
}
