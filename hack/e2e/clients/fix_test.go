package clients

import (
	"cmp"
	"encoding/json"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// lintFixes have, for each of BuildKit's checks with a fix, instructions of two
// stages with a finding.
var lintFixes = map[string]struct{ work, last string }{
	"StageNameCasing":                {"FROM busybox AS Work\nRUN echo OWN > /made\n", "FROM scratch\nCOPY --from=Work /made /\n"},
	"FromAsCasing":                   {"FROM busybox as work\nRUN echo OWN > /made\n", ""},
	"ConsistentInstructionCasing":    {"FROM busybox AS work\nrun echo OWN > /made\n", "FROM scratch\nCopy --from=work /made /\n"},
	"NoEmptyContinuation":            {"FROM busybox AS work\nRUN echo OWN \\\n\n  # why\n > /made\n", ""},
	"MaintainerDeprecated":           {"", "FROM scratch\nMAINTAINER Jo \"$1\" <jo@example.com>\nCOPY --from=work /made /\n"},
	"LegacyKeyValueFormat":           {"FROM busybox AS work\nENV key  a 'b  c'  \"$PATH\" \\\n  OWN\nLABEL x y\nRUN echo \"$key\" > /made\n", ""},
	"MultipleInstructionsDisallowed": {"", "FROM scratch\nCMD [\"a\"]\nCOPY --from=work /made /\n# this one\nCMD [\"b\"]\n"},
	"RedundantTargetPlatform":        {"FROM --platform=$TARGETPLATFORM busybox AS work\nRUN echo OWN > /made\n", ""},
	"WorkdirRelativePath":            {"FROM busybox AS work\nWORKDIR OWN/app\nRUN pwd > /made\n", ""},
	"ExposeProtoCasing":              {"", "FROM scratch\nEXPOSE 80/TCP\nCOPY --from=work /made /\n"},
	"ExposeInvalidFormat":            {"", "FROM scratch\nEXPOSE 127.0.0.1:8080:80\nCOPY --from=work /made /\n"},
}

const (
	plainWork = "FROM busybox AS work\nRUN echo OWN > /made\n"
	plainLast = "FROM scratch\nCOPY --from=work /made /\n"
)

// TestLintFixesBuildTheSame builds before and after the fixes. The second build
// must run no step.
func TestLintFixesBuildTheSame(t *testing.T) {
	for code, stages := range lintFixes {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			text := cmp.Or(stages.work, plainWork) + cmp.Or(stages.last, plainLast)
			p := scenario.New(t, scenario.Files{"Dockerfile": strings.ReplaceAll(text, "OWN", scenario.Unique())})
			before := p.On(scenario.Shared(t))
			answer := fixJSON(t, p)
			if !slices.Contains(answer.Fixed, fixed{code}) {
				t.Fatalf("fixed %+v", answer.Fixed)
			}
			gitApply(t, p, answer.Diff)
			after := p.On(scenario.Shared(t))
			after.Ran()
			after.SameContent(before)
			sameConfig(t, code, before, after)
			if answer := fixJSON(t, p); answer.Diff != "" || len(answer.Edits) > 0 {
				t.Errorf("fixed again:\n%s", answer.Diff)
			}
		})
	}
}

// sameConfig checks that the images have the same config, apart from the time and
// the history, which has the instructions. The author becomes a label.
func sameConfig(t *testing.T, code string, before, after *scenario.Result) {
	t.Helper()
	a, b := before.Image.Config, after.Image.Config
	if code == "MaintainerDeprecated" {
		if got := b.Config.Labels["org.opencontainers.image.authors"]; got != a.Author {
			t.Errorf("the label is %q, the author was %q", got, a.Author)
		}
		return
	}
	if !reflect.DeepEqual(a.Config, b.Config) || a.Author != b.Author {
		t.Errorf("the config is\n%+v\nand was\n%+v", b.Config, a.Config)
	}
}

// TestSpellingOfFlags rewrites flags, which must run no step again, and back.
func TestSpellingOfFlags(t *testing.T) {
	own := scenario.Unique()
	dockerfile := "FROM busybox AS work\nARG --explicit SHA=" + own + "\nRUN --cache-ttl=52w --arg=SHA --cache-key=\"a b\" \\\n  echo $SHA > /made\nFROM scratch\nCOPY --from=work /made /\n"
	p := scenario.New(t, scenario.Files{"Dockerfile": dockerfile})
	p.On(scenario.Shared(t))
	applyFix(t, p, "--build-arg", "STRATA_FIX=comments")
	if text := p.Read("Dockerfile"); strings.Contains(text, "--cache") || !strings.Contains(text, "# strata=cache-ttl=52w;arg=SHA;cache-key=a b\nRUN \\\n") {
		t.Errorf("the flags became\n%s", text)
	}
	p.On(scenario.Shared(t)).Ran()
	applyFix(t, p, "--build-arg", "STRATA_FIX=flags")
	if text := p.Read("Dockerfile"); text != dockerfile {
		t.Errorf("there and back is\n%s", text)
	}
	ask(t, p, scenario.Frontend(), "--call=fix", "--build-arg", "STRATA_FIX=both").fails(t, "STRATA_FIX=both", "comments and flags")
}

// The Dockerfile may be outside the context: the diff names files relative to its
// folder.
func TestFixElsewhere(t *testing.T) {
	p := scenario.New(t, scenario.Files{"build files/app.Dockerfile": "FROM busybox AS Work\nCOPY a /\n", "a": "a"})
	s := ask(t, p, scenario.Frontend(), "--call=fix", "-f", "build files/app.Dockerfile")
	gitApply(t, p, s.out, "--directory=build files")
	if text := p.Read("build files/app.Dockerfile"); text != "FROM busybox AS work\nCOPY a /\n" {
		t.Errorf("%s", text)
	}
}

type fixed struct{ Code string }

type fixAnswer struct {
	Edits []struct {
		Range struct{ Start, End struct{ Line, Character int } }
		Text  string
	}
	Fixed []fixed
	Diff  string
}

func callFix(t *testing.T, p *scenario.Project, args ...string) said {
	t.Helper()
	s := ask(t, p, scenario.Frontend(), append([]string{"--call=fix"}, args...)...)
	if s.code != 0 {
		t.Fatalf("exit code %d\n%s", s.code, s.err)
	}
	return s
}

// fixJSON makes the request without buildx, which is faster.
func fixJSON(t *testing.T, p *scenario.Project) (answer fixAnswer) {
	t.Helper()
	build := buildrun.Build{
		Context:  p.Dir,
		Frontend: scenario.Frontend(),
		Attrs:    map[string]string{"requestid": "frontend.fix"},
	}
	metadata, err := buildrun.Ask(t.Context(), scenario.Shared(t).Client, build)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(metadata["result.json"], &answer); err != nil || string(metadata["result.txt"]) != answer.Diff {
		t.Fatalf("%v\n%s", err, metadata["result.json"])
	}
	return answer
}

// applyFix applies the diff.
func applyFix(t *testing.T, p *scenario.Project, args ...string) {
	t.Helper()
	gitApply(t, p, callFix(t, p, args...).out)
}

func gitApply(t *testing.T, p *scenario.Project, diff string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"apply"}, args...)...)
	cmd.Dir, cmd.Stdin = p.Dir, strings.NewReader(diff)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, diff)
	}
}

// TestFixOfNothing checks that there is no output.
func TestFixOfNothing(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN echo 1 > /made\n"})
	if s := callFix(t, p); s.out != "" {
		t.Errorf("%s", s.out)
	}
}
