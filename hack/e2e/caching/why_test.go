package caching

import (
	"context"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"golang.org/x/sync/errgroup"

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
		for _, s := range p.On(d, scenario.Explained).Steps {
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

// TestWhyWhileTheMemoryIsMeasured builds while the daemon measures its cache, as it
// does after each build. The daemon must not make a second, empty memory.
func TestWhyWhileTheMemoryIsMeasured(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY a /\n"})
	ctx, stop := context.WithCancel(t.Context())
	var measuring errgroup.Group
	measuring.Go(func() error {
		for ctx.Err() == nil {
			if _, err := d.Client.DiskUsage(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
		return nil
	})
	for i := range 8 {
		p.Write("a", strings.Repeat("line\n", i))
		p.On(d, scenario.Explained)
	}
	stop()
	if err := measuring.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(memories(t, d)); n != 1 {
		t.Errorf("the daemon has %d memories", n)
	}
}

// memories returns the ids of the cache mounts with records of earlier builds.
func memories(t *testing.T, d *scenario.Daemon) (ids []string) {
	t.Helper()
	usage, err := d.Client.DiskUsage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range usage {
		if u.RecordType == client.UsageRecordTypeCacheMount && strings.Contains(u.Description, `"strata.why.`) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}
