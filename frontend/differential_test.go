//go:build !race

// The reference has data races: its stages share the list of the linter's
// rules.

package frontend_test

import (
	"flag"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

// TestDifferential converts every case of the corpus with Strata, twice, and
// with the reference, for the same request. The results must be equal, the ops
// in every byte, except for the differences that package difftest lists. Some
// case must show each of these differences.
func TestDifferential(t *testing.T) {
	cases, err := difftest.LoadCorpus(corpus)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, p := range c.Platforms() {
				compare(t, c, p, seen)
			}
		})
	}
	isPart := strings.Contains(flag.Lookup("test.run").Value.String(), "/")
	for _, reason := range difftest.Intended() {
		if !seen[reason] && !isPart {
			t.Errorf("no case shows that %s", reason)
		}
	}
}

func compare(t *testing.T, c difftest.Case, p *ocispecs.Platform, seen map[string]bool) {
	t.Helper()
	want := reference.Convert(t.Context(), c, p)
	got := strata(t.Context(), difftest.NewGateway(c), p)
	repeat(t, c, p, got)
	checkError(t, got.Err)
	if c.Options.Unstable != "" && c.Options.Differs == "" {
		if (want.Err == nil) != (got.Err == nil) {
			t.Errorf("reference error: %v\nStrata's error: %v", want.Err, got.Err)
		}
		return
	}
	diffs, intended := difftest.Differences(c, want, got)
	for _, reason := range intended {
		seen[reason] = true
	}
	if len(diffs) > 0 {
		t.Errorf("%s\n%s", c.About, strings.Join(diffs, "\n"))
	}
	if c.Options.Differs != "" && len(intended) == 0 {
		t.Errorf("no difference, but one is expected: %s", c.Options.Differs)
	}
}
