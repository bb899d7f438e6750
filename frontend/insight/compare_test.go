package insight

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// history holds the builds of a test, the oldest first, one for each hour.
func history(s stored, projects ...fixture) (builds []Build) {
	for i, p := range projects {
		builds = append(builds, Build{Time: hour(i), State: p.state(s)})
	}
	return builds
}

func hour(n int) time.Time { return time.Date(2026, 11, 28, n, 0, 0, 0, time.UTC) }

// explain compares a build with those before it.
func explain(now fixture, before ...fixture) (Report, bool) {
	s := stored{}
	builds := history(s, before...)
	return compare(now.state(s), builds, s.look)
}

// summary shows a report in short form: the steps that are not cached, with
// their reasons and the lines that they follow, then the causes.
func summary(r Report) string {
	var b strings.Builder
	platforms := map[string]bool{}
	for _, s := range r.Steps {
		platforms[s.Platform] = true
	}
	for _, s := range r.Steps {
		if s.State == Cached {
			continue
		}
		if len(platforms) > 1 {
			fmt.Fprintf(&b, "%s ", strings.TrimPrefix(s.Platform, "linux/"))
		}
		fmt.Fprintf(&b, "%d %s", s.Line, s.State)
		if len(s.Reasons) > 0 {
			b.WriteString(": " + reasonsText(s.Reasons))
		}
		if len(s.Follows) > 0 {
			fmt.Fprintf(&b, " after %s", strings.Trim(fmt.Sprint(s.Follows), "[]"))
		}
		b.WriteString("\n")
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "cause %d: %s -> %s", c.Line, reasonsText(c.Reasons), strings.Trim(fmt.Sprint(c.Steps), "[]"))
		if len(c.Platforms) > 0 {
			fmt.Fprintf(&b, " on %s", strings.Join(c.Platforms, " "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func reasonsText(reasons []Reason) string {
	var texts []string
	for _, r := range reasons {
		words := []string{string(r.Kind), r.Name, r.Path, string(r.Change)}
		if r.Old+r.New != "" {
			words = append(words, shortDigest(r.Old)+">"+shortDigest(r.New))
		}
		if r.Lines {
			words = append(words, fmt.Sprintf("+%d-%d", r.LinesAdded, r.LinesRemoved))
		}
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		texts = append(texts, strings.Join(words, " "))
	}
	return strings.Join(texts, ", ")
}

// A comparisonCase is a build with the earlier builds that explain it.
type comparisonCase struct {
	name   string
	before []fixture
	now    fixture
	want   string
}

func (c comparisonCase) run(t *testing.T) {
	t.Helper()
	r, _ := explain(c.now, c.before...)
	if got, want := summary(r), unindent(c.want); got != want {
		t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
	}
}

func unindent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

const app = `FROM python
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .`

// appWith is a fixture with some of its files replaced. A file without a mode is
// removed.
func appWith(changed map[string]file) fixture {
	p := fixture{dockerfile: app, files: map[string]file{
		"requirements.txt": text("flask\n"), "app.py": text("one\ntwo\nthree\n"), "old.py": text("old\n"),
	}}
	for name, f := range changed {
		if p.files[name] = f; f.mode == 0 {
			delete(p.files, name)
		}
	}
	return p
}

func (p fixture) with(old, replacement string) fixture {
	if !strings.Contains(p.dockerfile, old) {
		panic("no " + old)
	}
	p.dockerfile = strings.Replace(p.dockerfile, old, replacement, 1)
	return p
}
