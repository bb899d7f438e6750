package llbconv_test

import (
	"slices"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// The checks of package advice are experimental lint rules: they are off, unless
// the file, the client or the comment above the instruction turns them on.
func TestAdviceIsFiltered(t *testing.T) {
	const (
		from   = "FROM debian\n"
		update = "RUN apt-get update\n"
		rest   = "RUN apt-get install -y curl\n"
		plain  = from + update + rest
		on     = "UpdateAlone"
	)
	for name, c := range map[string]struct {
		text  string
		check *linter.Config
		want  string
	}{
		"off":                    {plain, nil, ""},
		"all":                    {"# check=experimental=all\n" + plain, nil, on},
		"by name":                {"# check=experimental=UpdateAlone\n" + plain, nil, on},
		"another":                {"# check=experimental=CopyBeforeInstall\n" + plain, nil, ""},
		"skipped":                {"# check=experimental=all;skip=UpdateAlone\n" + plain, nil, ""},
		"all others skipped":     {"# check=experimental=all;skip=all\n" + plain, nil, on},
		"by the client":          {plain, &linter.Config{ExperimentalRules: []string{on}}, on},
		"by the comment":         {from + "# check=experimental=UpdateAlone\n" + update + rest, nil, on},
		"skipped by the comment": {"# check=experimental=all\n" + from + "# check=skip=UpdateAlone\n" + update + rest, nil, ""},
		"all by the comment":     {"# check=experimental=all\n" + from + "# check=skip=all\n" + update + rest, nil, ""},
		"an error":               {"# check=error=true;experimental=all\n" + plain, nil, on + " lint violation found for rules: UpdateAlone"},
		"no error":               {"# check=error=true\n" + plain, nil, ""},
	} {
		file, diags := llbconv.Parse([]byte(c.text), c.check)
		if diags.Failed() {
			t.Fatal(diags.Err())
		}
		gw := difftest.NewGateway(difftest.Case{})
		_, diags = llbconv.Convert(t.Context(), file, llbconv.Sources{Images: gw}, llbconv.Options{})
		got := ""
		for _, d := range diags.Warnings() {
			got += d.Kind.Code
		}
		if err := diags.Err(); err != nil {
			got += " " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The result has the advice that the caller asks for, except for skipped checks,
// and nothing is reported.
func TestAdviceOfTheResult(t *testing.T) {
	for text, want := range map[string][]string{
		"FROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n":                           {"UpdateAlone"},
		"# check=skip=UpdateAlone\nFROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n": nil,
		"# check=skip=all\nFROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n":         nil,
		"FROM debian\n# check=skip=UpdateAlone\nRUN apt-get update\nRUN apt-get install -y curl\n": nil,
	} {
		file, _ := llbconv.Parse([]byte(text), nil)
		gw := difftest.NewGateway(difftest.Case{})
		result, diags := llbconv.Convert(t.Context(), file, llbconv.Sources{Images: gw}, llbconv.Options{Checks: llbconv.Checks{Advice: true}})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		var got []string
		for _, f := range result.Advice {
			got = append(got, f.Code)
		}
		if !slices.Contains(got, "UpdateAlone") != (want == nil) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A conversion without lint rules reports nothing, but returns the advice that the
// caller asks for.
func TestAdviceWithoutLint(t *testing.T) {
	file, _ := llbconv.Parse([]byte("# check=experimental=all;error=true\nFROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n"), nil)
	sources := llbconv.Sources{Images: difftest.NewGateway(difftest.Case{})}
	result, diags := llbconv.Convert(t.Context(), file, sources, llbconv.Options{Checks: llbconv.Checks{Advice: true, NoLint: true}})
	if len(diags) > 0 || len(result.Advice) == 0 {
		t.Errorf("%v, %+v", diags, result)
	}
}
