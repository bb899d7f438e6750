package caching

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestWhyAfterPruning prunes the daemon's results, and checks that the next build
// reports this. Without pruning, a file that no step reads changes nothing.
func TestWhyAfterPruning(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nCOPY --exclude=unread . /app\n", "a": "a\n", "unread": "1\n"})
	says := func(want string) {
		t.Helper()
		var lines []string
		for _, s := range p.On(d).Steps {
			if strings.HasPrefix(s.Name, "why: ") {
				lines = append(lines, s.Name)
			}
		}
		if text := strings.Join(lines, "\n"); !strings.HasPrefix(text, want) || want == "" && text != "" {
			t.Errorf("it says %q, not %q", text, want)
		}
	}
	says("")
	says("")
	p.Write("unread", "2\n")
	says("")
	if err := d.Client.Prune(t.Context(), nil, client.PruneAll, client.WithFilter([]string{"type==regular"})); err != nil {
		t.Fatal(err)
	}
	says("why: no input changed since ")
}
