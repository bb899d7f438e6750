package freshness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
)

const keep = "STRATA_CACHE_MOUNTS"

// counting is a RUN whose cache mount counts how often it ran. While the shared daemon
// measures a mount, a step gets an empty one, except if it has to wait for the other.
const counting = `--mount=type=cache,target=/count,id=TOKEN,sharing=locked echo >>/count/runs; wc -l </count/runs`

func TestRunNoCache(t *testing.T) {
	p := newProject(t, `
FROM busybox AS work
COPY token /
RUN echo before
RUN --no-cache `+counting+`; md5sum </proc/sys/kernel/random/uuid >/when; echo TOKEN >/same
RUN echo after

FROM work AS child
RUN echo in-child

FROM busybox
COPY --from=work /same /same
RUN --mount=from=child,target=/child cat /child/same
RUN echo end
`)
	all := []string{"COPY token", "RUN echo before", "RUN --no-cache", "RUN echo after", "RUN echo in-child", "COPY --from=work", "RUN --mount=from=child", "RUN echo end"}
	rep := p.build(nil)
	expectRan(t, rep, all...)
	expectLog(t, rep, "RUN --no-cache", "1")
	for _, count := range []string{"2", "3"} {
		rep = p.build(nil)
		expectRan(t, rep, "RUN --no-cache", "RUN echo after", "RUN echo in-child", "RUN --mount=from=child", "RUN echo end")
		expectLog(t, rep, "RUN --no-cache", count)
	}
}

func TestRunNoCacheIsContent(t *testing.T) {
	p := newProject(t, `
FROM busybox AS work
COPY token /
RUN --no-cache md5sum </proc/sys/kernel/random/uuid >/when; echo TOKEN >/same

FROM busybox
COPY --from=work /same /same
RUN echo of-same
COPY --from=work /when /when
RUN echo of-when
`)
	p.build(nil)
	expectRan(t, p.build(nil), "RUN --no-cache", "COPY --from=work /when", "RUN echo of-when")
}

func TestKeepCacheMounts(t *testing.T) {
	p := newProject(t, "FROM busybox\nCOPY token /\nRUN "+counting+"\nRUN echo after\n")
	all := []string{"COPY token", "RUN --mount", "RUN echo after"}
	for _, c := range []struct {
		noCache bool
		args    map[string]string
		ran     []string
		count   string
	}{
		{false, nil, all, "1"},
		{false, map[string]string{keep: "keep"}, nil, ""},
		{true, map[string]string{keep: "keep"}, all, "2"},
		{true, map[string]string{keep: "keep"}, all, "3"},
		{true, nil, all, "1"},
	} {
		rep := p.buildWith(buildrun.Build{NoCache: c.noCache}, c.args)
		expectRan(t, rep, c.ran...)
		expectLog(t, rep, "RUN --mount", c.count)
	}
}

func TestKeepCacheMountsForOneStage(t *testing.T) {
	p := newProject(t, "FROM busybox AS one\nCOPY token /\nRUN "+counting+"\nFROM busybox AS two\nCOPY token /two\nRUN echo two\nFROM busybox\nCOPY --from=one /token /1\nCOPY --from=two /two /2\n")
	p.build(nil)
	b := buildrun.Build{Attrs: map[string]string{"no-cache": "one"}}
	rep := p.buildWith(b, map[string]string{keep: "keep"})
	expectRan(t, rep, "COPY token", "RUN --mount", "COPY --from=one", "COPY --from=two")
	expectLog(t, rep, "RUN --mount", "2")
}

func TestCopyNoCache(t *testing.T) {
	p := newProject(t, `
FROM busybox AS work
RUN echo before TOKEN
COPY --no-cache token /a
RUN echo after

FROM busybox
COPY --from=work /a /a
RUN echo end
`)
	p.build(nil)
	expectRan(t, p.build(nil), "COPY --no-cache", "RUN echo after")
}

// TestNoCacheIsNotStale has a stage that uses files which another stage made after
// a step without cache. It must get the files of this build, not those of an
// earlier one.
func TestNoCacheIsNotStale(t *testing.T) {
	for _, step := range []string{"RUN --no-cache true", "COPY --no-cache token /a", "ADD --no-cache token /a", "COPY --link --no-cache token /a"} {
		p := newProject(t, `
FROM busybox AS work
COPY token /
`+step+`
RUN tee /id </proc/sys/kernel/random/uuid
FROM busybox
COPY --from=work /id /id
RUN cat /id
RUN sort /id
`)
		seen := map[string]bool{}
		for range 3 {
			rep := p.build(nil)
			id := logOf(t, rep, "RUN tee")
			expectLog(t, rep, "RUN cat", id)
			expectLog(t, rep, "RUN sort", id)
			if seen[id] {
				t.Errorf("%s: %s comes from an earlier build", step, id)
			}
			seen[id] = true
		}
	}
}

func TestCopyNoCacheHeredocAndLink(t *testing.T) {
	p := newProject(t, `
FROM busybox
RUN echo before TOKEN
COPY --no-cache <<EOF /a
text
EOF
COPY --link --no-cache token /b
RUN cat /a /b
`)
	p.build(nil)
	rep := p.build(nil)
	for _, step := range []string{"COPY --no-cache <<EOF", "RUN cat"} {
		if s, err := rep.Step(step); err != nil || !s.Ran() {
			t.Errorf("%s did not run: %v\n%s", step, err, rep)
		}
	}
	for _, s := range rep.Instructions() {
		if s.Instruction() == "COPY --link --no-cache token /b" && !s.Ran() {
			t.Errorf("the copy of --link did not run:\n%s", rep)
		}
	}
}

func TestAddNoCache(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		fmt.Fprint(w, "content")
	}))
	defer server.Close()
	p := newProject(t, `
FROM busybox
RUN echo before TOKEN
ADD `+server.URL+`/plain /plain
ADD --no-cache `+server.URL+`/fresh /fresh
RUN echo after
ADD --no-cache token /token
`)
	p.build(nil)
	before := asked
	rep := p.build(nil)
	for _, s := range rep.Instructions() {
		switch line := s.Instruction(); {
		case len(line) > 14 && line[:14] == "ADD --no-cache", line == "RUN echo after":
			if !s.Ran() {
				t.Errorf("did not run: %s", s)
			}
		case line == "RUN echo before "+p.token, s.Ran() && len(s.Inputs) > 0:
			if !s.Cached {
				t.Errorf("not cached: %s", s)
			}
		}
	}
	if asked == before {
		t.Error("the server was not asked again")
	}
}
