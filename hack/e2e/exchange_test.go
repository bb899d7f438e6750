package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestCacheExchange fills the empty cache of a daemon with one frontend and builds
// the same with the other: no step may run, and the image must be identical.
func TestCacheExchange(t *testing.T) {
	reference, ours := buildrun.Builtin, scenario.Frontend()
	b := buildrun.Build{
		Context: filepath.Join("testdata", "everything"),
		Secrets: map[string][]byte{"token": []byte("s3cr3t")},
	}
	for _, c := range []struct {
		name          string
		first, second string
	}{
		{"reference-then-strata", reference, ours},
		{"strata-then-reference", ours, reference},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := scenario.Fresh(t)
			b.Frontend = c.first
			filled := exchange(t, d, b)
			b.Frontend = c.second
			taken := exchange(t, d, b)
			if ran := taken.Ran(); len(ran) > 0 {
				t.Errorf("these steps ran again: %q\nthe first build:\n%s\nthe second:\n%s", ran, filled, taken)
			}
			if len(taken.Cached()) == 0 {
				t.Errorf("the second build shows no steps:\n%s", taken)
			}
			if filled.Digest() != taken.Digest() {
				t.Errorf("the images differ: %s and %s", filled.Digest(), taken.Digest())
			}
		})
	}
}

func exchange(t *testing.T, d *scenario.Daemon, b buildrun.Build) *buildrun.Report {
	t.Helper()
	args := map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}
	for name, value := range b.Args {
		args[name] = value
	}
	b.Args = args
	b.Exports = []buildrun.Export{buildrun.OCI(filepath.Join(t.TempDir(), "image.tar"))}
	rep, err := buildrun.Run(t.Context(), d.Client, b)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, rep, rep.Logs())
	}
	return rep
}
