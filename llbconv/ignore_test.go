package llbconv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
)

// A warning reports more ignore patterns than fit into a header, unless the warning
// is skipped.
func TestTooManyIgnorePatterns(t *testing.T) {
	for _, c := range []struct {
		check  string
		n      int
		warned bool
	}{
		{n: 10_000},
		{n: 20_000, warned: true},
		{n: 20_000, check: "# check=skip=TooManyIgnorePatterns\n"},
		{n: 20_000, check: "# check=skip=all\n"},
	} {
		in := difftest.Case{
			Dockerfile:   []byte(c.check + "FROM scratch\nCOPY a /\n"),
			Dockerignore: []byte(strings.Repeat("*.log\n", c.n)),
		}
		got := conversion.Convert(t.Context(), in, in.Platforms()[0])
		warned := slices.ContainsFunc(got.Warnings, func(w difftest.Warning) bool { return w.Rule == "TooManyIgnorePatterns" })
		if got.Err != nil || warned != c.warned {
			t.Errorf("%d patterns, %q: %v, warnings %v", c.n, c.check, got.Err, got.Warnings)
		}
	}
}
