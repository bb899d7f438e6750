package caching

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// server is a web server whose answer changes.
type server struct {
	*httptest.Server
	answer atomic.Value
	asked  atomic.Int32
}

func newServer(t *testing.T, answer string) *server {
	s := &server{}
	s.answer.Store(answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		_, _ = io.WriteString(w, s.answer.Load().(string))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestWhatRunFetches(t *testing.T) {
	d := scenario.Fresh(t)
	s := newServer(t, "first")
	p := project(t, 0, scenario.Files{"page.txt": "page\n"})
	p.Edit("http://server.example.com", s.URL)
	p.On(d).Holds(scenario.Files{"/answer": "first", "/child": "first"})

	s.answer.Store("second")
	stale := p.On(d)
	stale.Ran()
	stale.Holds(scenario.Files{"/answer": "first"})
	if n := s.asked.Load(); n != 1 {
		t.Errorf("the server was asked %d times, not once", n)
	}

	all := p.On(d, noCache())
	all.RanAll()
	all.Holds(scenario.Files{"/answer": "second", "/child": "second"})

	s.answer.Store("third")
	fetchAndReaders := []string{"WORKDIR /data", "RUN wget", "RUN cp answer child", "COPY --from=child", "RUN cat /answer"}
	filtered := p.On(d, noCache("fetch"))
	filtered.Ran(fetchAndReaders...)
	filtered.Holds(scenario.Files{"/answer": "third", "/child": "third", "/last": "third"})
	p.On(d, noCache("fetch")).Ran(fetchAndReaders...)

	kept := p.On(d)
	kept.Ran()
	kept.Holds(scenario.Files{"/answer": "third", "/last": "third"})
}
