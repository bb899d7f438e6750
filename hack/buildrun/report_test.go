package buildrun

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
)

// The daemon reports the steps in any order, and one step several times.
func TestReport(t *testing.T) {
	at := func(seconds int) *time.Time {
		when := time.Unix(int64(seconds), 0)
		return &when
	}
	r := newReport()
	for _, v := range []client.Vertex{
		{Digest: "copy", Name: "[2/3] COPY . .", Inputs: []digest.Digest{"from"}, Started: at(1), Cached: true},
		{Digest: "copy", Name: "[2/3] COPY . .", Inputs: []digest.Digest{"from"}, Started: at(3), Completed: at(4)},
		{Digest: "run", Name: "[linux/amd64 3/3] RUN make", Inputs: []digest.Digest{"copy"}, Started: at(5)},
		{Digest: "run", Name: "[linux/amd64 3/3] RUN make", Inputs: []digest.Digest{"copy"}, Started: at(6), Completed: at(9)},
		{Digest: "from", Name: "[1/3] FROM busybox", Started: at(1), Completed: at(2)},
		{Digest: "load", Name: "[internal] load build definition", Started: at(0), Completed: at(1)},
	} {
		r.add(&client.SolveStatus{Vertexes: []*client.Vertex{&v}})
	}
	r.add(&client.SolveStatus{Logs: []*client.VertexLog{{Vertex: "run", Data: []byte("one\n")}, {Vertex: "never named", Data: []byte("two")}}})
	r.finish()
	var order []string
	for _, s := range r.Instructions() {
		order = append(order, s.Instruction())
	}
	if want := []string{"FROM busybox", "COPY . .", "RUN make"}; !slices.Equal(order, want) {
		t.Errorf("the steps are %q", order)
	}
	if ran, cached := r.Ran(), r.Cached(); !reflect.DeepEqual([][]string{ran, cached}, [][]string{{"[linux/amd64 3/3] RUN make"}, {"[2/3] COPY . ."}}) {
		t.Errorf("ran %q, cached %q", ran, cached)
	}
	run, err := r.Step("RUN")
	if err != nil || run.Took() != 4*time.Second || run.Logs != "one\n" || r.Logs() != "one\n" {
		t.Errorf("%v, %v", run, err)
	}
	if _, err := r.Step("3]"); err == nil {
		t.Error("a text that several steps hold finds one of them")
	}
}

// The main context is a folder, or the URL of a remote one.
func TestContexts(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		build Build
		attrs map[string]string
		sent  []string
	}{
		"folder":                {Build{Context: dir}, map[string]string{"filename": "Dockerfile"}, []string{"context", "dockerfile"}},
		"remote":                {Build{Context: "https://host/r.git"}, map[string]string{"context": "https://host/r.git", "filename": "Dockerfile"}, nil},
		"remote, own file":      {Build{Context: "https://host/r.git", Dockerfile: dir + "/F"}, map[string]string{"context": "https://host/r.git", "filename": "F", "dockerfilekey": "dockerfile"}, []string{"dockerfile"}},
		"named":                 {Build{Context: dir, Named: map[string]string{"a": dir, "b": "docker-image://x"}}, map[string]string{"filename": "Dockerfile", "context:a": "local:a", "context:b": "docker-image://x"}, []string{"a", "context", "dockerfile"}},
		"options over the rest": {Build{Context: dir, Attrs: map[string]string{"filename": "G"}}, map[string]string{"filename": "G"}, []string{"context", "dockerfile"}},
	} {
		opt, err := c.build.solveOpt()
		if err != nil {
			t.Fatal(err)
		}
		var sent []string
		for folder := range opt.LocalMounts {
			sent = append(sent, folder)
		}
		slices.Sort(sent)
		if !reflect.DeepEqual(opt.FrontendAttrs, c.attrs) || !slices.Equal(sent, c.sent) || opt.SharedKey != c.build.Context {
			t.Errorf("%s: %v, folders %q, shared as %s", name, opt.FrontendAttrs, sent, opt.SharedKey)
		}
	}
	if _, err := (Build{Context: dir + "/none"}).solveOpt(); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
