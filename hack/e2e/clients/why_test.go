package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// explained has a build wait for the comparison with earlier ones on a busy machine too.
var explained = arg("STRATA_WHY", "on")

// newApp returns a project that no other test builds, after its first build.
func newApp(t *testing.T, w way) *scenario.Project {
	t.Helper()
	own, first := scenario.Unique(), "# app\n"
	if w.line != "" {
		first = "" // the line that names Strata replaces it
	}
	p := scenario.New(t, scenario.Files{
		"Dockerfile": first + "FROM busybox\nWORKDIR /" + own + "\nCOPY requirements.txt " + own + "\n" +
			"RUN cp " + own + " requirements.txt\nCOPY . .\n",
		"requirements.txt": "flask\n",
		"app.py":           "one\ntwo\n",
	})
	if s := w.build(t, p, explained).succeed(t); strings.Contains(s.err, "why:") {
		t.Errorf("a first build says why:\n%s", s.err)
	}
	return p
}

// TestWhy checks the lines that a build prints, with all ways to select Strata.
func TestWhy(t *testing.T) {
	for _, w := range ways()[1:] {
		t.Run(w.name, func(t *testing.T) {
			p := newApp(t, w)
			says := func(want string, f flags) {
				t.Helper()
				s := w.build(t, p, f).succeed(t)
				if want == "" && strings.Contains(s.err, "why:") || !strings.Contains(s.err, want) {
					t.Errorf("it lacks %q:\n%s", want, s.err)
				}
			}
			says("", explained)
			original := p.Read("app.py")
			p.Write("app.py", "one\ntwo\nthree\n")
			says("why: app.py changed (+1 line): line 6 COPY ran again", explained)
			p.Write("requirements.txt", "flask\nredis\n")
			says("why: requirements.txt changed (+1 line): line 4 COPY, so line 5 RUN cp and line 6 COPY ran again", explained)
			p.Write("requirements.txt", "flask\n")
			p.Write("app.py", original)
			says("", explained)
			p.Write("app.py", "else\n")
			says("", arg("STRATA_WHY", "off"))
			w.build(t, p, arg("STRATA_WHY", "maybe")).run(t).fails(t, "STRATA_WHY=maybe", "use on", "all", "off")
		})
	}
}

// TestWhyOfAFailedBuild checks the line of a build that fails, and that its steps
// do not count as known.
func TestWhyOfAFailedBuild(t *testing.T) {
	w := ways()[1]
	p := newApp(t, w)
	p.Edit("RUN cp", "RUN false")
	w.build(t, p, explained).run(t).fails(t, "why: the instruction changed: line 5 RUN false")
	p.Write("app.py", "else\n")
	w.build(t, p, explained).run(t).fails(t, "line 5 RUN false", "app.py changed")
}

// TestWhyKeepsTheError checks that the error is the same with and without a
// comparison.
func TestWhyKeepsTheError(t *testing.T) {
	for _, w := range ways()[1:] {
		t.Run(w.name, func(t *testing.T) {
			p := newApp(t, w)
			p.Edit("RUN cp", "RUN false")
			var last [2]string
			for i, value := range []string{"off", "on"} {
				s := w.build(t, p, arg("STRATA_WHY", value)).run(t)
				s.fails(t, "RUN false")
				last[i] = s.err[strings.LastIndex(s.err, "\n#"):]
				last[i] = last[i][strings.Index(last[i], "------"):]
			}
			if last[0] != last[1] {
				t.Errorf("with a comparison the error is\n%s\nbut without\n%s", last[1], last[0])
			}
		})
	}
}

// report is the JSON form of a build's report.
type report struct {
	ComparedWith *struct{ Time string }
	Steps        []struct {
		Line  int
		State string
	}
	Causes []struct {
		Line    int
		Reasons []struct {
			Kind, Path, Change string
			LinesAdded         int
		}
		Steps []int
	}
}

// TestCallCache makes the request twice: the first one must change nothing.
func TestCallCache(t *testing.T) {
	w := ways()[1]
	p := newApp(t, w)
	p.Write("requirements.txt", "flask\nredis\n")
	for range 2 {
		s := w.build(t, p, flags{buildx: []string{"--call=cache"}}).succeed(t)
		for _, want := range []string{
			"Compared with the build of ", "Dockerfile:3  WORKDIR", "Dockerfile:4  COPY requirements.txt ",
			"requirements.txt changed: +1 line", "follows line 4", "1 cause, 3 of 5 steps run.",
		} {
			if !strings.Contains(s.out, want) {
				t.Errorf("it lacks %q:\n%s", want, s.out)
			}
		}
	}
	s := w.build(t, p, flags{buildx: []string{"--call=cache,format=json"}}).succeed(t)
	checkReport(t, []byte(s.out))
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	w.build(t, p, explained.and(flags{buildx: []string{"--metadata-file=" + metadata}})).succeed(t)
	raw, err := os.ReadFile(metadata)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	checkReport(t, fields["frontend.strata.cache"])
	s = w.build(t, p, flags{buildx: []string{"--call=cache"}}).succeed(t)
	for _, want := range []string{
		"Nothing runs: all 5 steps are cached.", "\nWhy steps ran in that build, compared with the one of ",
		"\n  requirements.txt changed (+1 line): line 4 COPY, so line 5 RUN ",
	} {
		if !strings.Contains(s.out, want) {
			t.Errorf("after the build it lacks %q:\n%s", want, s.out)
		}
	}
}

func checkReport(t *testing.T, raw []byte) {
	t.Helper()
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if r.ComparedWith == nil || len(r.Steps) != 5 || r.Steps[1].State != "cached" || r.Steps[3].State != "runs" {
		t.Errorf("the steps are %+v", r.Steps)
	}
	if len(r.Causes) != 1 || r.Causes[0].Line != 4 || len(r.Causes[0].Steps) != 3 || len(r.Causes[0].Reasons) != 1 {
		t.Fatalf("the causes are %+v", r.Causes)
	}
	if reason := r.Causes[0].Reasons[0]; reason.Kind != "file" || reason.Path != "requirements.txt" || reason.Change != "modified" || reason.LinesAdded != 1 {
		t.Errorf("the reason is %+v", reason)
	}
}
