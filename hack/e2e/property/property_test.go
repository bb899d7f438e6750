package property

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const editsOfAProject = 20

// setting is a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestRulesPredictBuilds edits projects, STRATA_EDITS times in all. Project n of a
// run has the seed STRATA_SEED plus n, which is part of its name.
func TestRulesPredictBuilds(t *testing.T) {
	count := setting(t, "STRATA_EDITS", 100)
	first := setting(t, "STRATA_SEED", uint64(time.Now().UnixNano()))
	t.Logf("%d edits; to repeat: STRATA_SEED=%d STRATA_EDITS=%d", count, first, count)
	h := &history{daemon: scenario.Fresh(t), seen: map[string]bool{}}
	h.base = len(scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\n"}).On(h.daemon).Image.Manifest.Layers)
	for made := uint64(0); made < count; made += editsOfAProject {
		seed := first + made/editsOfAProject
		t.Run(fmt.Sprintf("STRATA_SEED=%d", seed), func(t *testing.T) {
			h.follow(t, seed, min(editsOfAProject, count-made))
		})
	}
	t.Logf("%d steps were predicted to run and did, %d to be cached and were", h.ran, h.cached)
}

// history is the history of a daemon.
type history struct {
	daemon *scenario.Daemon
	base   int // layers of the base image
	seen   map[string]bool
	ran    int
	cached int
}

// follow builds a project, edits it, and builds it again after each edit. Sometimes
// it returns to an earlier version of the project.
func (h *history) follow(t *testing.T, seed, edits uint64) {
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	dir := scenario.New(t, nil)
	p := g.project()
	log := []string{"a new project"}
	var versions []project
	for range edits + 1 {
		if problem := h.build(dir, p); problem != "" {
			t.Fatalf("%s\nafter these edits:\n%s\nthe project:\n%s", problem, strings.Join(log, "\n"), p.describe())
		}
		versions = append(versions, p.clone())
		if g.oneIn(10) {
			back := g.IntN(len(versions))
			p = versions[back].clone()
			log = append(log, fmt.Sprintf("back to version %d", back))
		} else {
			log = append(log, g.edit(&p))
		}
	}
}

// build builds the project and returns the differences from the prediction.
func (h *history) build(dir *scenario.Project, p project) string {
	if err := p.write(dir.Dir); err != nil {
		return err.Error()
	}
	want := p.predict()
	r, err := dir.Image(h.daemon, func(b *buildrun.Build) {
		b.Target = stageName(p.Target)
		b.Args = p.Args
	})
	if err != nil {
		return fmt.Sprintf("%v\n%s%s", err, r.Report, r.Logs())
	}
	if problems := h.compareSteps(want.Steps, r.Report); len(problems) > 0 {
		return strings.Join(problems, "\n") + "\nthe build:\n" + r.Report.String()
	}
	return strings.Join(h.compareImage(want, r), "\n")
}

// compareSteps checks that the report has exactly the predicted steps.
func (h *history) compareSteps(want []step, rep *buildrun.Report) (problems []string) {
	steps := slices.DeleteFunc(rep.Instructions(), func(s *buildrun.Step) bool {
		return strings.Contains(s.Name, "] LINK ") || strings.HasPrefix(s.Instruction(), "FROM ")
	})
	for _, w := range want {
		at := slices.IndexFunc(steps, func(s *buildrun.Step) bool { return strings.HasSuffix(s.Name, " "+output(w.ID)) })
		if at < 0 {
			problems = append(problems, "not in the build: "+output(w.ID))
			continue
		}
		cached := h.seen[w.Key]
		h.seen[w.Key] = true
		if s := steps[at]; s.Cached != cached || s.Ran() == cached {
			problems = append(problems, fmt.Sprintf("predicted to be cached: %v, but %s", cached, s))
		} else if cached {
			h.cached++
		} else {
			h.ran++
		}
		steps = slices.Delete(steps, at, at+1)
	}
	for _, s := range steps {
		problems = append(problems, "not predicted: "+s.String())
	}
	return problems
}

func (p project) describe() string {
	text := p.dockerfile()
	text += fmt.Sprintf("\n--target %s --build-arg %v, ignored: %q\n", stageName(p.Target), p.Args, p.Ignored)
	for name, f := range p.Files {
		text += fmt.Sprintf("%s %o %q\n", name, f.Mode, f.Content)
	}
	return text
}
