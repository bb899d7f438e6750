package property

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// editsOfAnExplained is less than the number of builds of a project that are
// stored, so all builds of the project are known.
const editsOfAnExplained = 14

// bases is the number of images of a base.
const bases = 3

// TestWhySaysWhatChanged edits projects at random, STRATA_WHYS times in all, and
// checks that each build reports the edits and the steps that run. No two projects
// have a step in common, because Strata only knows the results of the same project.
func TestWhySaysWhatChanged(t *testing.T) {
	count := setting(t, "STRATA_WHYS", 300)
	first := setting(t, "STRATA_SEED", uint64(time.Now().UnixNano()))
	t.Logf("%d edits; to repeat: STRATA_SEED=%d STRATA_WHYS=%d", count, first, count)
	e := &explained{t: t, daemon: scenario.Fresh(t), reasons: map[string]int{}}
	e.pushBases()
	for made := uint64(0); made < count; made += editsOfAnExplained {
		e.follow(first+made/editsOfAnExplained, min(editsOfAnExplained, count-made))
	}
	t.Logf("%d of %d builds were explained right, in %d of them steps ran; the reasons: %v", e.builds-e.wrong, e.builds, e.ran, e.reasons)
	if 2*e.builds < int(count) {
		e.t.Errorf("of %d builds only %d were compared in time", count, e.builds)
	}
	if 100*e.wrong > e.builds {
		t.Errorf("%d of %d builds were explained wrong", e.wrong, e.builds)
	}
}

// explained has the builds of a daemon that say why steps ran.
type explained struct {
	t                  *testing.T
	daemon             *scenario.Daemon
	projects           int
	builds, wrong, ran int
	reasons            map[string]int // the count of each kind
}

// version is a project at the time of a build.
type version struct {
	project
	start, end time.Time
}

func (e *explained) follow(seed, edits uint64) {
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	e.projects++
	p := g.projectAfter(1000 * e.projects)
	p.Image = fmt.Sprintf("%s/property/base:%d", scenario.Env().Registry(), seed)
	dir := scenario.New(e.t, nil)
	log := []string{"a new project"}
	var versions []version
	for range edits + 1 {
		built := e.build(dir, p)
		versions = append(versions, version{p.clone(), built.Started, time.Now()})
		if built.gaveUp() { // on a busy machine: later comparisons would lack this build
			e.t.Logf("STRATA_SEED=%d: the comparison took too long", seed)
			return
		}
		if len(versions) > 1 {
			e.builds++
			if built.anyRan() {
				e.ran++
			}
			built.count(e.reasons)
			if problems := built.problems(versions); len(problems) > 0 {
				e.wrong++
				e.t.Logf("STRATA_SEED=%d STRATA_WHYS=%d: %s\nafter these edits:\n%s\nthe build:\n%s%sthe project:\n%s",
					seed, edits, strings.Join(problems, "\n"), strings.Join(log, "\n"), built.Report, built.text(), p.describe())
			}
		}
		log = append(log, g.manyEdits(&p, versions))
	}
}

// explainedEdits are the edits that can also move the base. They do not change the
// target, because another target is another project.
var explainedEdits = append(slices.DeleteFunc(slices.Clone(edits), func(edit func(generator, *project) string) bool {
	return fmt.Sprintf("%p", edit) == fmt.Sprintf("%p", changeTarget)
}), moveBase, moveBase)

func moveBase(g generator, p *project) string {
	p.Moved = (p.Moved + 1 + g.IntN(bases-1)) % bases
	return fmt.Sprintf("move the base to image %d", p.Moved)
}

// manyEdits makes one or more edits, or returns to an earlier version of the
// project.
func (g generator) manyEdits(p *project, versions []version) string {
	if g.oneIn(8) {
		back := g.IntN(len(versions))
		*p = versions[back].clone()
		return fmt.Sprintf("back to version %d", back)
	}
	what := g.editBy(explainedEdits, p)
	for g.oneIn(3) {
		what += "; " + g.editBy(explainedEdits, p)
	}
	return what
}

// explanation is a build with its report.
type explanation struct {
	*buildrun.Report
	project
	said  *said
	lines []string
}

func (e *explained) build(dir *scenario.Project, p project) explanation {
	e.t.Helper()
	e.moveTag(p)
	if err := p.write(dir.Dir); err != nil {
		e.t.Fatal(err)
	}
	rep, err := dir.Try(e.daemon, func(b *buildrun.Build) {
		b.Target, b.Args = stageName(p.Target), map[string]string{"STRATA_WHY": "all"}
		for name, value := range p.Args {
			b.Args[name] = value
		}
		b.Attrs = map[string]string{"vcs:source": p.Image}
	})
	if err != nil {
		e.t.Fatalf("%v\n%s%s\n%s", err, rep, rep.Logs(), p.describe())
	}
	built := explanation{Report: rep, project: p, lines: rep.Why()}
	if raw := rep.Response["frontend.strata.cache"]; raw != "" {
		text, err := base64.StdEncoding.DecodeString(raw)
		if err == nil {
			err = json.Unmarshal(text, &built.said)
		}
		if err != nil {
			e.t.Fatal(err)
		}
	}
	return built
}

// pushBases pushes the images of the base.
func (e *explained) pushBases() {
	for i := range bases {
		scenario.Push(e.t, e.baseImage(i), scenario.Files{"version": fmt.Sprint(i)})
	}
}

func (e *explained) baseImage(i int) string {
	return fmt.Sprintf("%s/property/base:image%d", scenario.Env().Registry(), i)
}

// moveTag moves the base's tag to one of the images.
func (e *explained) moveTag(p project) {
	e.t.Helper()
	from, err := name.ParseReference(e.baseImage(p.Moved), name.Insecure)
	if err != nil {
		e.t.Fatal(err)
	}
	to, err := name.NewTag(p.Image, name.Insecure)
	if err != nil {
		e.t.Fatal(err)
	}
	image, err := remote.Get(from, remote.WithContext(e.t.Context()))
	if err == nil {
		err = remote.Tag(to, image, remote.WithContext(e.t.Context()))
	}
	if err != nil {
		e.t.Fatal(err)
	}
}
