package caching

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// historyLines are the lines that the document's Dockerfile adds to those of its
// base, and whether each has a layer.
var historyLines = []struct {
	starts string
	layer  bool
}{
	{"LABEL kind=example", false},
	{"ENV MODE=fast", false},
	{"ARG VERSION", false},
	{"WORKDIR /app", true},
	{"COPY app.txt . # buildkit", true},
	{"RUN |1 VERSION=1 /bin/sh -c true # buildkit", true},
	{"RUN |1 VERSION=1 /bin/sh -c cat app.txt > copy.txt # buildkit", true},
	{"ADD app.txt /added.txt # buildkit", true},
	{"EXPOSE ", false},
	{"VOLUME [/data]", false},
	{"USER 1000", false},
	{`ENTRYPOINT ["cat"]`, false},
	{`CMD ["copy.txt"]`, false},
}

func TestLayersAndHistory(t *testing.T) {
	d := scenario.Fresh(t)
	base := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\n"}).On(d)
	r := project(t, 0, scenario.Files{"app.txt": "app\n"}).On(d)

	history := r.Image.Config.History[len(base.Image.Config.History):]
	layers := len(r.Image.Manifest.Layers) - len(base.Image.Manifest.Layers)
	if len(history) != len(historyLines) {
		t.Fatalf("the history has %d lines, not %d: %v", len(history), len(historyLines), history)
	}
	for i, want := range historyLines {
		got := history[i]
		if !strings.HasPrefix(got.CreatedBy, want.starts) || got.EmptyLayer == want.layer || got.Comment != "buildkit.dockerfile.v0" {
			t.Errorf("line %d is %+v, not %q", i, got, want.starts)
		}
		if want.layer {
			layers--
		}
	}
	if layers != 0 {
		t.Errorf("there are %d layers more than lines that make one", layers)
	}
	if len(r.Image.Config.RootFS.DiffIDs) != len(r.Image.Manifest.Layers) {
		t.Error("config and manifest do not have the same layers")
	}
}
