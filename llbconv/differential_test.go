package llbconv_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/inputs"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// TestDifferential converts every case of the corpus by Strata and by the
// reference, with the same inputs. The ops have to be the same bytes, the
// image configs and warnings the same.
func TestDifferential(t *testing.T) {
	cases, err := difftest.LoadCorpus("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, p := range c.Platforms() {
				compare(t, c, p)
			}
		})
	}
}

func compare(t *testing.T, c difftest.Case, p *ocispecs.Platform) {
	t.Helper()
	want := difftest.Reference(t.Context(), c, p)
	got := strata(t.Context(), difftest.NewGateway(c), p)
	if c.Options.Differs != "" {
		if !differs(want, got) {
			t.Errorf("no difference, but one is expected: %s", c.Options.Differs)
		}
		return
	}
	got.Warnings = comparable(want, got)
	diffs := difftest.Compare(want, got)
	if c.Options.Unstable != "" {
		if (want.Err == nil) != (got.Err == nil) {
			t.Errorf("reference error: %v\nStrata's error: %v", want.Err, got.Err)
		}
		return
	}
	if len(diffs) > 0 {
		t.Errorf("%s\n%s", c.About, strings.Join(diffs, "\n"))
	}
	if want.Err == nil && got.Err == nil {
		for _, d := range difftest.CompareMetadata(want, got) {
			if !improved(c, d) {
				t.Errorf("metadata: %s", d)
			}
		}
	} else if want.Err != nil && got.Err != nil {
		first, _, _ := strings.Cut(got.Err.Error(), "\n")
		if !strings.Contains(first, want.Err.Error()) {
			t.Logf("error\nreference: %v\nStrata:    %v", want.Err, got.Err)
		}
	}
}

// differs looks at everything that can differ.
func differs(want, got difftest.Result) bool {
	if want.Err != nil && got.Err != nil && len(difftest.CompareErrors(want, got)) > 0 {
		return true
	}
	if want.Err == nil && got.Err == nil && len(difftest.CompareMetadata(want, got)) > 0 {
		return true
	}
	return len(difftest.Compare(want, got)) > 0
}

// improved tells the differences in metadata that are meant: Strata says more,
// as it points at the instruction for an image that a mount names, and it
// counts the steps of triggers from the first step on.
func improved(c difftest.Case, diff string) bool {
	if strings.HasPrefix(c.Name, "onbuild/") {
		return true
	}
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(strings.TrimSpace(line), "-") {
			return false
		}
	}
	return true
}

// comparable leaves out the warnings that the reference cannot have: Strata's
// own, and those behind the error that stopped the reference.
func comparable(want, got difftest.Result) []difftest.Warning {
	return slices.DeleteFunc(slices.Clone(got.Warnings), func(w difftest.Warning) bool {
		return w.Rule == "LinkIgnored" || want.Err != nil && !slices.ContainsFunc(want.Warnings, func(o difftest.Warning) bool {
			return o.Rule == w.Rule && o.Message == w.Message
		})
	})
}

// strata converts like frontend.Build does for one platform.
func strata(ctx context.Context, gw *difftest.Gateway, p *ocispecs.Platform) difftest.Result {
	var r difftest.Result
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		return difftest.Result{Err: err}
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return difftest.Result{Err: err}
	}
	file, diags := llbconv.Parse(src.Data, ui.LinterConfig)
	var out *llbconv.Result
	if file != nil {
		var converted *diag.List
		out, converted = llbconv.Convert(ctx, file, inputs.Sources(ctx, ui), inputs.Options(ui, src.SourceMap, p, llbconv.Freshness{}))
		diags.Merge(converted)
	}
	warn := r.Warner()
	for _, d := range diags.Warnings() {
		warn(d.Code, d.Detail, d.URL, d.Message, slices.Concat(d.Ranges...))
	}
	if r.Err = diags.Err(); r.Err == nil {
		r.Err = fill(ctx, &r, out)
	}
	return r
}

func fill(ctx context.Context, r *difftest.Result, out *llbconv.Result) error {
	var err error
	if r.Definition, err = out.Marshal(ctx); err != nil {
		return err
	}
	if r.Image, err = json.Marshal(out.Image); err != nil {
		return err
	}
	if out.Base != nil {
		if r.BaseImage, err = json.Marshal(out.Base); err != nil {
			return err
		}
	}
	sbom := out.SBOM()
	r.Epoch, r.IgnoreCache = out.Epoch, sbom.NoCache
	r.Scan = map[string]*pb.Definition{}
	for name, st := range sbom.Extras {
		if r.Scan[name], err = marshal(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

func marshal(ctx context.Context, st llb.State) (*pb.Definition, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}
