package main

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"

	"github.com/stratabuild/strata/hack/buildrun"
)

func threeRuns(name string, installCachedAfterEdit bool) runs {
	step := func(name string, cached bool, took int64) *buildrun.Step {
		return &buildrun.Step{Name: name, Cached: cached, Started: time.Unix(1, 0), Completed: time.Unix(1+took, 0)}
	}
	one := func(copied, installed bool) *buildrun.Report {
		return &buildrun.Report{Took: 3 * time.Second, Steps: []*buildrun.Step{
			step("[internal] load build definition", false, 1),
			step("[1/4] FROM python", false, 1),
			step("[2/4] WORKDIR /app", installed, 1),
			step("[3/4] COPY . .", copied, 1),
			step("[4/4] RUN pip install -r requirements.txt", installed, 2),
		}}
	}
	return runs{name, one(false, false), one(true, true), one(false, installCachedAfterEdit)}
}

func TestLesson(t *testing.T) {
	slow, good := threeRuns("Dockerfile.slow", false), threeRuns("Dockerfile", true)
	got, err := lesson(slow, good)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "Dockerfile.slow ran again (2.0 s)") || !strings.Contains(got, "Dockerfile was CACHED") {
		t.Errorf("not the lesson: %s", got)
	}
}

func TestLessonThatDoesNotHold(t *testing.T) {
	ran, kept := threeRuns("a", false), threeRuns("b", true)
	neverCached, neverRan := threeRuns("c", true), threeRuns("d", true)
	neverCached.unchanged = neverCached.cold
	neverRan.cold = neverRan.unchanged
	otherImage := threeRuns("e", true)
	otherImage.unchanged.Response = map[string]string{exptypes.ExporterImageDigestKey: "sha256:other"}
	for name, pair := range map[string][2]runs{
		"another image":          {ran, otherImage},
		"cached in both orders":  {kept, kept},
		"ran in both orders":     {ran, ran},
		"unchanged but ran":      {ran, neverCached},
		"cold but did not run":   {ran, neverRan},
		"a build without a step": {ran, {"empty", &buildrun.Report{}, &buildrun.Report{}, &buildrun.Report{}}},
	} {
		if got, err := lesson(pair[0], pair[1]); err == nil {
			t.Errorf("%s: no error, but %q", name, got)
		}
	}
}

func TestWhy(t *testing.T) {
	slow, good := threeRuns("slow", false), threeRuns("good", true)
	say := func(r runs, line string) { r.edited.Steps = append(r.edited.Steps, &buildrun.Step{Name: line}) }
	say(slow, "why: a changed")
	say(slow, "why: b changed")
	var b strings.Builder
	if err := printWhy(&b, slow, good); err == nil {
		t.Error("a build that says nothing is not an error")
	}
	say(good, "why: c changed")
	b.Reset()
	if err := printWhy(&b, slow, good); err != nil {
		t.Fatal(err)
	}
	want := `
The builds with the edited source say so themselves:

slow
  => why: a changed
  => why: b changed

good
  => why: c changed
`
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := printTable(&b, threeRuns("Dockerfile", true)); err != nil {
		t.Fatal(err)
	}
	want := `
Dockerfile
  step                                        cold        unchanged   source edited
  [2/4] WORKDIR /app                          ran 1.0 s   CACHED      CACHED
  [3/4] COPY . .                              ran 1.0 s   CACHED      ran 1.0 s
  [4/4] RUN pip install -r requirements.txt   ran 2.0 s   CACHED      CACHED
  the whole build                             3.0 s       3.0 s       3.0 s
`
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}
