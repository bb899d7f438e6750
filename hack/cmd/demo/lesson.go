package main

import (
	"fmt"
	"strings"
	"time"
)

// step is one instruction of a Dockerfile in one build.
type step struct {
	name   string
	cached bool
	took   time.Duration
}

// build is the result of one build.
type build struct {
	steps []step
	took  time.Duration
	why   []string // the lines that say why steps ran

	digest string // of the image
}

// find returns the first step whose name contains text.
func (b build) find(text string) (step, error) {
	for _, s := range b.steps {
		if strings.Contains(s.name, text) {
			return s, nil
		}
	}
	return step{}, fmt.Errorf("the build has no step %q", text)
}

// runs are the three builds of one Dockerfile.
type runs struct {
	dockerfile              string
	cold, unchanged, edited build
}

// installStep identifies the step that the lesson is about.
const installStep = "pip install"

// lesson describes the result in a sentence, or returns an error if the builds do
// not show the lesson.
func lesson(slow, good runs) (string, error) {
	for _, r := range []runs{slow, good} {
		if err := r.check(); err != nil {
			return "", fmt.Errorf("%s: %w", r.dockerfile, err)
		}
	}
	again, err := slow.edited.find(installStep)
	if err != nil {
		return "", err
	}
	kept, err := good.edited.find(installStep)
	if err != nil {
		return "", err
	}
	if again.cached {
		return "", fmt.Errorf("%s: the install step was cached although the files copied before it had changed", slow.dockerfile)
	}
	if !kept.cached {
		return "", fmt.Errorf("%s: the install step ran again although nothing before it had changed", good.dockerfile)
	}
	return fmt.Sprintf("After an edit of the source, the install step of %s ran again (%s), and that of %s was CACHED: "+
		"%s rebuilt in %s, %s in %s.",
		slow.dockerfile, seconds(again.took), good.dockerfile,
		slow.dockerfile, seconds(slow.edited.took), good.dockerfile, seconds(good.edited.took)), nil
}

// check checks the properties of any order: a cold build installs, and a build of an
// unchanged source runs nothing.
func (r runs) check() error {
	install, err := r.cold.find(installStep)
	if err != nil {
		return err
	}
	if install.cached {
		return fmt.Errorf("the cold build did not install")
	}
	for _, s := range r.unchanged.steps {
		if !s.cached {
			return fmt.Errorf("nothing had changed, but %q ran again", s.name)
		}
	}
	if r.cold.digest != r.unchanged.digest {
		return fmt.Errorf("nothing had changed, but the image %s became %s", r.cold.digest, r.unchanged.digest)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
