package llbconv_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv"
)

type panickingImages struct{}

func (panickingImages) ResolveImageConfig(context.Context, string, sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	panic("no images")
}

// A panic during the conversion becomes an error, at the place that it concerns if
// that is known.
func TestPanicIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		dockerfile string
		options    llbconv.Options
		lines      []int
	}{
		"in resolving": {"FROM scratch AS s\nFROM busybox\n", llbconv.Options{}, []int{2}},
		"in the plan":  {"FROM scratch\n", llbconv.Options{CachePolicy: llbconv.CachePolicy{NoCache: func(string) bool { panic("no cache") }}}, []int{0}},
	} {
		file, diags := llbconv.Parse([]byte(c.dockerfile), nil)
		if file == nil {
			t.Fatal(diags.Err())
		}
		_, diags = llbconv.Convert(t.Context(), file, llbconv.Sources{Images: panickingImages{}}, c.options)
		err := diags.Err()
		if lines := conversion.ErrorLines(err); err == nil || !slices.Equal(lines, c.lines) || !strings.Contains(err.Error(), "internal error: ") {
			t.Errorf("%s: errors on lines %v, want %v: %v", name, lines, c.lines, err)
		}
	}
}
