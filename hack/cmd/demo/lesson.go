package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
)

// runs are the three builds of one Dockerfile.
type runs struct {
	dockerfile              string
	cold, unchanged, edited *buildrun.Report
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
	again, err := installs(slow.edited, good.edited)
	if err != nil {
		return "", fmt.Errorf("%s, and %s: %w", slow.dockerfile, good.dockerfile, err)
	}
	return fmt.Sprintf("After an edit of the source, the install step of %s ran again (%s), and that of %s was CACHED: "+
		"%s rebuilt in %s, %s in %s.",
		slow.dockerfile, seconds(again.Took()), good.dockerfile,
		slow.dockerfile, seconds(slow.edited.Took), good.dockerfile, seconds(good.edited.Took)), nil
}

// installs returns the install step of a build after an edit of the source. It must
// have run, and the one of a build in a good order must not.
func installs(slow, good *buildrun.Report) (*buildrun.Step, error) {
	again, err := slow.Step(installStep)
	if err != nil {
		return nil, err
	}
	kept, err := good.Step(installStep)
	if err != nil {
		return nil, err
	}
	if again.Cached || !kept.Cached {
		return nil, fmt.Errorf("the install step was cached: %v, and %v", again.Cached, kept.Cached)
	}
	return again, nil
}

// check checks the properties of any order: a cold build installs, and a build of an
// unchanged source runs nothing.
func (r runs) check() error {
	install, err := r.cold.Step(installStep)
	if err != nil {
		return err
	}
	if install.Cached {
		return errors.New("the cold build did not install")
	}
	if ran := r.unchanged.Ran(); len(ran) > 0 {
		return fmt.Errorf("nothing had changed, but %q ran again", ran)
	}
	if r.cold.Digest() != r.unchanged.Digest() {
		return fmt.Errorf("nothing had changed, but the image %s became %s", r.cold.Digest(), r.unchanged.Digest())
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
