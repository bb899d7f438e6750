package main

import (
	"strings"
	"testing"
	"time"
)

func threeRuns(name string, installCachedAfterEdit bool) runs {
	one := func(copied, installed bool) build {
		return build{steps: []step{
			{name: "[1/3] WORKDIR /app", cached: installed, took: time.Second},
			{name: "[2/3] COPY . .", cached: copied, took: time.Second},
			{name: "[3/3] RUN pip install -r requirements.txt", cached: installed, took: 2 * time.Second},
		}, took: 3 * time.Second}
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
	otherImage.unchanged.digest = "sha256:other"
	for name, pair := range map[string][2]runs{
		"another image":          {ran, otherImage},
		"cached in both orders":  {kept, kept},
		"ran in both orders":     {ran, ran},
		"unchanged but ran":      {ran, neverCached},
		"cold but did not run":   {ran, neverRan},
		"a build without a step": {ran, {dockerfile: "empty"}},
	} {
		if got, err := lesson(pair[0], pair[1]); err == nil {
			t.Errorf("%s: no error, but %q", name, got)
		}
	}
}

func TestWhy(t *testing.T) {
	slow, good := threeRuns("slow", false), threeRuns("good", true)
	slow.edited.why = []string{"why: a changed", "why: b changed"}
	var b strings.Builder
	if err := printWhy(&b, slow, good); err == nil {
		t.Error("a build that says nothing is no error")
	}
	good.edited.why = []string{"why: c changed"}
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
  [1/3] WORKDIR /app                          ran 1.0 s   CACHED      CACHED
  [2/3] COPY . .                              ran 1.0 s   CACHED      ran 1.0 s
  [3/3] RUN pip install -r requirements.txt   ran 2.0 s   CACHED      CACHED
  the whole build                             3.0 s       3.0 s       3.0 s
`
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
}
