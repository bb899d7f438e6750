package conformance

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
)

// CompareImages runs the suite against both images. It runs the reference's only if
// its outcome is not known.
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

func (s *Suite) compare(ctx context.Context, title string, reference, strata Subject, o Options) (Report, error) {
	r := Report{Title: title, Version: s.version}
	var err error
	if r.Reference, r.Kept, err = s.referenceOutcome(ctx, title, reference, o); err != nil {
		return r, err
	}
	o.Expected = r.Reference
	r.Strata, err = s.Run(ctx, strata, o)
	return r, err
}

// referenceOutcome returns the outcome of the reference. It does not change while
// the environment stays the same, so it is kept in a file, which can be removed.
func (s *Suite) referenceOutcome(ctx context.Context, title string, subject Subject, o Options) (outcome *Outcome, kept bool, err error) {
	key, err := s.stamp(title, o.Run)
	if err != nil {
		return nil, false, err
	}
	file := filepath.Join(s.bench.Dir("conformance"), "reference-"+key[:24]+".json")
	if host.ReadJSON(file, &outcome) == nil {
		return outcome, true, nil
	}
	if outcome, err = s.Run(ctx, subject, o); err != nil {
		return nil, false, err
	}
	return outcome, false, host.WriteJSON(file, outcome)
}

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
