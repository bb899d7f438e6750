package contexts

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// crowded is the number of files in the context, and the size of each.
const (
	crowded  = 5000
	fileSize = 200
)

// transfer counts the bytes that the client sends of each folder, from the daemon's
// status stream.
type transfer map[string]int64

func (c transfer) count(b *buildrun.Build) {
	b.Status = func(s *client.SolveStatus) {
		for _, st := range s.Statuses {
			if folder, ok := strings.CutPrefix(st.ID, "transferring "); ok {
				c[folder] = max(c[folder], st.Current)
			}
		}
	}
}

// Only the paths that the reachable stages use are sent. BuildKit's own frontend
// does the same, so both must send the same number of bytes.
func TestOnlyUsedPathsAreSent(t *testing.T) {
	const fifth = 1100 // files in the folders dir1 and dir10 to dir19
	files := scenario.Files{}
	for i := range crowded {
		files[fmt.Sprintf("dir%d/file%d", i%50, i)] = strings.Repeat("x", fileSize)
	}
	p := scenario.New(t, files)
	for _, c := range []struct {
		name, dockerfile string
		changes          []change
		folder           string // empty is the main context
		files            int64  // the number of used files
	}{
		{name: "one file", dockerfile: "FROM scratch\nCOPY dir7/file7 /\n", files: 1},
		{name: "one file added", dockerfile: "FROM scratch\nADD dir7/file7 /\n", files: 1},
		{name: "one file mounted", dockerfile: "FROM busybox\nRUN --mount=source=dir7/file7,target=/f cat /f\n", files: 1},
		{name: "one folder", dockerfile: "FROM scratch\nCOPY dir7 /\n", files: crowded / 50},
		{name: "files by pattern", dockerfile: "FROM scratch\nCOPY dir*/file*77 /\n", files: crowded / 100},
		{name: "folders by pattern", dockerfile: "FROM scratch\nCOPY dir1* /\n", files: fifth},
		{name: "by a variable", dockerfile: "FROM scratch\nARG N=9\nCOPY dir$N/file$N /\n", files: 1},
		{name: "two stages", dockerfile: "FROM scratch AS a\nCOPY dir1/file1 /\nFROM scratch\nCOPY --from=a / /\nCOPY dir2/file2 /\n", files: 2},
		{name: "a stage that nothing uses takes all", dockerfile: "FROM scratch AS all\nCOPY . /\nFROM scratch\nCOPY dir3/file3 /\n", files: 1},
		{
			name: "a stage after the target takes all", dockerfile: "FROM scratch AS one\nCOPY dir3/file3 /\nFROM scratch AS all\nCOPY . /\n",
			changes: []change{func(b *buildrun.Build) { b.Target = "one" }}, files: 1,
		},
		{name: "nothing", dockerfile: "FROM busybox\nRUN true\n"},
		{
			name: "one file of a named context", dockerfile: "FROM scratch\nCOPY --from=ctx dir7/file7 /\n",
			changes: []change{named("ctx", p.Dir)}, folder: "ctx:", files: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.With(t)
			p.Write("Dockerfile", c.dockerfile)
			want, got := sent(t, p, append(c.changes, scenario.Reference)...), sent(t, p, c.changes...)
			if !maps.Equal(got, want) {
				t.Errorf("sent %v, and the reference %v", got, want)
			}
			// Each file has a header that is smaller than its content.
			bytes := want[cmp.Or(c.folder, "context:")]
			if least := c.files * fileSize; bytes < least || bytes > 2*least+fileSize {
				t.Errorf("%d bytes were sent for %d files of %d bytes", bytes, c.files, fileSize)
			}
		})
	}
}

// sent builds on an empty daemon, because a daemon does not receive known files
// again.
func sent(t *testing.T, p *scenario.Project, changes ...change) transfer {
	t.Helper()
	bytes := transfer{}
	if rep, err := p.Try(scenario.Fresh(t), append(slices.Clone(changes), bytes.count)...); err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	return bytes
}

// A context of which all files are read is transferred before the base image is
// looked up, and only once.
func TestWholeContextIsSentEarly(t *testing.T) {
	reg := scenario.NewRegistry(t)
	ref := reg.Host + "/base"
	scenario.Push(t, ref, scenario.Files{"unique": scenario.Unique()})
	sent := make(chan struct{})
	reg.Break(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/manifests/") {
			return false
		}
		select {
		case <-sent:
			return false
		case <-time.After(time.Minute):
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
	})
	signal := sync.OnceFunc(func() { close(sent) })
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM " + ref + "\nCOPY Dockerfile /\nCOPY . /all/\n", "file": "x\n"})
	rep, err := p.Try(scenario.Shared(t), scenario.Explained, func(b *buildrun.Build) {
		b.Status = func(s *client.SolveStatus) {
			for _, v := range s.Vertexes {
				if strings.HasSuffix(v.Name, loadContext) && v.Completed != nil {
					signal()
				}
			}
		}
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	if _, err := rep.Step(loadContext); err != nil { // a second transfer would be a second step
		t.Error(err)
	}
}

// loadContext is the name of the step that transfers the main context.
const loadContext = "load build context"
