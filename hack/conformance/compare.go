package conformance

import (
	"context"
	"path/filepath"
	"strings"
)

// CompareImages runs the suite against both images.
func (s *Suite) CompareImages(ctx context.Context, o Options) (Report, error) {
	theirs, err := s.bench.ReferenceImage(ctx)
	if err != nil {
		return Report{}, err
	}
	ours, err := s.bench.FrontendImage(ctx)
	if err != nil {
		return Report{}, err
	}
	reference, err := s.image(ctx, "reference", theirs)
	if err != nil {
		return Report{}, err
	}
	strata, err := s.image(ctx, "strata", ours.Pinned())
	if err != nil {
		return Report{}, err
	}
	return s.compare(ctx, "the frontend image", reference, strata, o)
}

// CompareInClient runs the named tests, which skip images, with the frontends in
// the suite's own process.
func (s *Suite) CompareInClient(ctx context.Context, tests []string, o Options) (Report, error) {
	strata, err := s.strataInClient(ctx)
	if err != nil {
		return Report{}, err
	}
	o.Run = selectTests(tests)
	if o.Logs != "" {
		o.Logs = filepath.Join(o.Logs, "client")
	}
	return s.compare(ctx, "the frontend in the client, what is skipped with an image", inClient("reference", s.binary), strata, o)
}

// compare runs the suite against Strata. It runs the tests that Strata does not pass
// against the reference too, and runs once more those that only Strata does not pass.
func (s *Suite) compare(ctx context.Context, title string, reference, strata Subject, o Options) (Report, error) {
	r := Report{Title: title, Version: s.version, Reference: &Outcome{}}
	var err error
	if r.Strata, err = s.run(ctx, strata, o); err != nil {
		return r, err
	}
	others := r.others()
	if len(others) == 0 {
		return r, nil
	}
	o.Run = selectTests(others)
	if r.Reference, err = s.run(ctx, reference, o); err != nil {
		return r, err
	}
	suspects := r.Worse()
	if len(suspects) == 0 || len(suspects) > maxRetries {
		return r, nil
	}
	o.Run = selectTests(suspects)
	second, err := s.run(ctx, strata, o)
	if err != nil {
		return r, err
	}
	r.Strata.addSecondRun(second)
	return r, nil
}

// maxRetries is the largest number of failures that are run again. On a busy machine a
// test can miss a time limit by accident; more failures than this are not
// accidental.
const maxRetries = 12

// selectTests returns the regular expression that selects the functions of the named
// tests.
func selectTests(tests []string) string {
	var functions []string
	for _, name := range tests {
		function, _, _ := strings.Cut(name, " ")
		functions = append(functions, function)
	}
	return "^(" + strings.Join(functions, "|") + ")$"
}
