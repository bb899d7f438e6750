package conformance

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
)

// CompareImages runs the suite against both images. It runs the reference's only if
// its outcome is not known or fresh is set.
func (s *Suite) CompareImages(ctx context.Context, o Options, fresh bool) (Report, error) {
	reference, err := s.Reference(ctx)
	if err != nil {
		return Report{}, err
	}
	strata, err := s.Strata(ctx)
	if err != nil {
		return Report{}, err
	}
	return s.compare(ctx, "the frontend image", reference, strata, o, fresh)
}

// CompareInClient runs the named tests, which skip images, with the frontends in
// the suite's own process.
func (s *Suite) CompareInClient(ctx context.Context, tests []string, o Options, fresh bool) (Report, error) {
	strata, err := s.strataInClient(ctx)
	if err != nil {
		return Report{}, err
	}
	o.Run = selectTests(tests)
	if o.Logs != "" {
		o.Logs = filepath.Join(o.Logs, "client")
	}
	return s.compare(ctx, "the frontend in the client, what is skipped with an image", s.referenceInClient(), strata, o, fresh)
}

func (s *Suite) compare(ctx context.Context, title string, reference, strata Subject, o Options, fresh bool) (Report, error) {
	r := Report{Title: title, Version: s.version}
	var err error
	if r.Reference, r.Kept, err = s.referenceOutcome(ctx, reference, o, fresh); err != nil {
		return r, err
	}
	o.Expected = r.Reference
	r.Strata, err = s.Run(ctx, strata, o)
	return r, err
}

// referenceOutcome returns the outcome of the reference. It does not change while
// the environment stays the same, so it is kept.
func (s *Suite) referenceOutcome(ctx context.Context, subject Subject, o Options, fresh bool) (outcome *Outcome, kept bool, err error) {
	environment, err := s.environment()
	if err != nil {
		return nil, false, err
	}
	key := sha256.Sum256([]byte(strings.Join([]string{subject.Digest, environment, o.Run}, "\n")))
	file := filepath.Join(s.bench.Dir("conformance"), fmt.Sprintf("reference-%x.json", key[:12]))
	if !fresh {
		if host.ReadJSON(file, &outcome) == nil {
			return outcome, true, nil
		}
	}
	if outcome, err = s.Run(ctx, subject, o); err != nil {
		return nil, false, err
	}
	return outcome, false, host.WriteJSON(file, outcome)
}

// selectTests returns the regular expression that selects the named tests.
func selectTests(tests []string) string {
	var functions []string
	for _, name := range tests {
		functions = append(functions, functionName(name))
	}
	return "^(" + strings.Join(functions, "|") + ")$"
}
