package caching

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// gate is a server that holds back its answers until it is opened.
type gate struct {
	*httptest.Server
	mu     sync.Mutex
	asked  map[string]int
	opened chan struct{}
	open   func()
}

func newGate(t *testing.T) *gate {
	g := &gate{asked: map[string]int{}, opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	g.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asked[r.URL.Path]++
		g.mu.Unlock()
		<-g.opened
	}))
	t.Cleanup(func() { g.open(); g.Close() })
	return g
}

// TestTwoBuildsAtOnce starts a second build while the first is in the middle of a
// step, and lets the step finish when both wait for it.
func TestTwoBuildsAtOnce(t *testing.T) {
	d := scenario.Fresh(t)
	g := newGate(t)
	files := scenario.Files{"app.txt": "app\n"}
	one, two := project(t, 0, files), project(t, 0, files)
	for _, p := range []*scenario.Project{one, two} {
		p.Edit("http://server.example.com", g.URL)
		p.Edit("http://server.example.com", g.URL)
	}
	first := start(one, d)
	first.wait(t)
	second := start(two, d)
	second.wait(t)
	g.open()
	results := []*scenario.Result{first.end(t), second.end(t)}
	for _, path := range []string{"/slow", "/after"} {
		if n := g.asked[path]; n != 1 {
			t.Errorf("the step that asks for %s ran %d times", path, n)
		}
	}
	results[1].SameContent(results[0])
	results[1].Holds(scenario.Files{"/done": "app"})
}

// running is a build in progress.
type running struct {
	waits  chan struct{} // closed when it waits for the slow step of any build
	ended  chan struct{}
	result *scenario.Result
	err    error
}

func start(p *scenario.Project, d *scenario.Daemon) *running {
	r := &running{waits: make(chan struct{}), ended: make(chan struct{})}
	waits := sync.OnceFunc(func() { close(r.waits) })
	watch := func(b *buildrun.Build) {
		b.Status = func(s *client.SolveStatus) {
			for _, v := range s.Vertexes {
				if strings.Contains(v.Name, "/slow") && v.Started != nil {
					waits()
				}
			}
		}
	}
	go func() {
		defer close(r.ended)
		r.result, r.err = p.Image(d, watch)
	}()
	return r
}

func (r *running) wait(t *testing.T) {
	t.Helper()
	select {
	case <-r.waits:
	case <-r.ended:
		t.Fatalf("the build has ended before its time: %v", r.err)
	}
}

func (r *running) end(t *testing.T) *scenario.Result {
	t.Helper()
	<-r.ended
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.result
}
