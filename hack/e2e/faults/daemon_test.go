package faults

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

// TestDaemonIsKilled kills the daemon after a build and in the middle of one.
// BuildKit saves each result when its step has ended, so all results are in the
// cache after a restart.
func TestDaemonIsKilled(t *testing.T) {
	d := scenario.StartDaemon(t, workbench.DaemonOptions{})
	p := asleep(t)

	first := p.On(d)
	restart(t, d)
	again := p.On(d)
	again.Ran()
	again.SameImage(first)

	p.Build.Args["CASE"] = scenario.Unique()
	killInStep(t, d, p)
	// BuildKit never removes the folder that it made for the container.
	folders := slices.DeleteFunc(d.Held(), func(h string) bool { return !strings.HasPrefix(h, "folder ") })
	restart(t, d)
	nothingLeft(t, d, folders)
	p.On(d).Ran("now-")
	p.On(d).Ran()
	nothingLeft(t, d, folders)
}

// restart kills the daemon, unless it is dead, and starts it again.
func restart(t *testing.T, d *scenario.Daemon) {
	t.Helper()
	if err := d.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killInStep builds, and kills the daemon when the last step sleeps.
func killInStep(t *testing.T, d *scenario.Daemon, p *scenario.Project) {
	t.Helper()
	var killed bool
	rep, err := p.Try(d, arg("WAIT", "600"), func(b *buildrun.Build) {
		b.Status = func(s *client.SolveStatus) {
			for _, l := range s.Logs {
				if strings.Contains(string(l.Data), asleepSays) && !killed {
					killed = true
					if err := d.Kill(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	})
	if err == nil || !killed {
		t.Fatalf("the build ended with %v, and the daemon was killed: %v\n%s", err, killed, rep)
	}
	if !strings.Contains(err.Error(), "Unavailable") {
		t.Errorf("the error does not say that the daemon is gone: %v", err)
	}
}
