package faults

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// atOnce is the number of builds that one daemon runs in parallel.
const atOnce = 20

// TestManyAtOnce builds 4 different projects, each of them 5 times, at once. Equal
// builds get the same image, and no step runs twice.
func TestManyAtOnce(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		projects := make([]*scenario.Project, 4)
		for i := range projects {
			projects[i] = project(t, scenario.Files{"Dockerfile": earlier + fmt.Sprintf("COPY number /\nRUN echo %d >>/number\n", i)})
			projects[i].Write("number", fmt.Sprintln(i))
		}
		results := make([]*scenario.Result, atOnce)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				var err error
				if results[i], err = projects[i%len(projects)].Image(d); err != nil {
					t.Errorf("build %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for i, p := range projects {
			want := p.On(d, reference)
			want.Ran()
			for n := i; n < atOnce; n += len(projects) {
				results[n].SameImage(want)
			}
			want.Holds(scenario.Files{"/number": fmt.Sprintf("%d\n%d", i, i)})
			once(t, results, i, len(projects))
		}
	})
}

// once checks that each step ran in one build only, and at the same time for all
// others that wait for it.
func once(t *testing.T, results []*scenario.Result, first, step int) {
	t.Helper()
	ran := map[string]map[string]*buildrun.Step{}
	for n := first; n < len(results); n += step {
		for _, s := range results[n].Instructions() {
			if !s.Ran() {
				continue
			}
			if ran[s.Name] == nil {
				ran[s.Name] = map[string]*buildrun.Step{}
			}
			ran[s.Name][s.Started.String()] = s
		}
	}
	for name, times := range ran {
		if len(times) > 1 {
			t.Errorf("%s ran %d times", name, len(times))
		}
	}
}
