package insight

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const historyProject = "0123456789abcdef"

// daemon is a memory with builds of a project.
type daemon struct {
	memory
	id        string // of the memory
	contexts  string
	histories string
	given     bool // even if there are none
	hours     int
}

func newDaemon(t *testing.T, histories ...string) *daemon {
	t.Helper()
	d := &daemon{memory: emptyMemory(t), id: "strata.why.0", contexts: t.TempDir(), histories: t.TempDir()}
	for _, h := range histories {
		d.give(t, h)
	}
	return d
}

// give puts a history into the directory of the client.
func (d *daemon) give(t *testing.T, history string) {
	t.Helper()
	d.given = true
	entries, _ := os.ReadDir(d.histories)
	name := filepath.Join(d.histories, string(rune('a'+len(entries)))+".json")
	if err := os.WriteFile(name, []byte(history), 0o600); err != nil {
		t.Fatal(err)
	}
}

// build builds a file that is copied.
func (d *daemon) build(t *testing.T, project, text string) Answer {
	t.Helper()
	d.hours++
	return d.ask(t, Request{ID: "1", Now: hour(d.hours)}, project, text)
}

func (d *daemon) ask(t *testing.T, req Request, project, text string) Answer {
	t.Helper()
	name := filepath.Join(d.contexts, "0", "a")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if old, _ := os.ReadFile(name); string(old) != text { // or it would have a new time
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	req.State = build{dockerfile: "FROM busybox\nARG V=1\nCOPY a /\nRUN make\n"}.state(t)
	req.State.Project, req.Memory, req.Histories = project, d.id, d.given
	answer, err := d.answer(t.Context(), req, d.contexts, d.histories)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (d *daemon) export(t *testing.T, project, text string) string {
	t.Helper()
	return string(d.ask(t, Request{ID: "2", Now: hour(20), Export: true}, project, text).History)
}

// The builds of one daemon explain the first build of another one, and go on with it to
// a third.
func TestHistoryOfAnotherDaemon(t *testing.T) {
	for _, project := range []string{historyProject, ""} {
		first := newDaemon(t)
		first.build(t, project, "1\n")
		first.build(t, project, "1\n2\n")
		second := newDaemon(t, first.export(t, project, "1\n2\n"))
		second.hours = 10
		answer := second.build(t, project, "1\n2\n3\n")
		with := answer.Report.ComparedWith
		if with == nil || !with.Elsewhere || !with.Time.Equal(hour(2)) || len(answer.Notices) > 0 {
			t.Fatalf("%+v", answer)
		}
		if reasons := answer.Report.Causes[0].Reasons; len(reasons) != 1 || reasons[0].Path != "a" || reasons[0].LinesAdded != 1 {
			t.Errorf("%+v", reasons)
		}
		if again := second.build(t, project, "1\n2\n3\n4\n").Report.ComparedWith; again.Elsewhere {
			t.Errorf("%+v is of this daemon", again)
		}
		third := newDaemon(t, second.export(t, project, "1\n"))
		if answer := third.build(t, project, "1\n"); !answer.Unchanged || !answer.Report.ComparedWith.Elsewhere {
			t.Errorf("not the first build of all: %+v", answer)
		}
	}
}

// A daemon keeps its own builds, and takes no records with another salt.
func TestHistoryIsNotUsed(t *testing.T) {
	const other = "fedcba9876543210"
	first := newDaemon(t)
	first.build(t, historyProject, "1\n")
	history := first.export(t, historyProject, "1\n")
	for name, c := range map[string]struct {
		memory, before, project string
		notices                 int
	}{
		"of another project":            {"strata.why.0", "", other, 0},
		"of another memory":             {"strata.why.1", "", historyProject, 0},
		"beside builds of another salt": {"strata.why.0", other, historyProject, 1},
		"of an unknown project":         {"strata.why.0", other, "", 0},
	} {
		d := newDaemon(t, history)
		d.id = c.memory
		if c.before != "" {
			d.build(t, c.before, "2\n")
		}
		answer := d.build(t, c.project, "1\n3\n")
		if with := answer.Report.ComparedWith; with != nil && with.Elsewhere || len(answer.Notices) != c.notices {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	own := newDaemon(t)
	own.build(t, historyProject, "2\n")
	own.give(t, history)
	if with := own.build(t, historyProject, "1\n").Report.ComparedWith; with == nil || with.Elsewhere {
		t.Errorf("compared with %+v", with)
	}
}

// A history that cannot be used does not keep out another one.
func TestHistoryAfterAnInvalidOne(t *testing.T) {
	first := newDaemon(t)
	first.build(t, historyProject, "1\n")
	valid := first.export(t, historyProject, "1\n")
	var torn historyFile
	if err := json.Unmarshal([]byte(valid), &torn); err != nil {
		t.Fatal(err)
	}
	for name := range torn.Builds {
		torn.Builds[name] = nil
	}
	dt, _ := json.Marshal(torn)
	answer := newDaemon(t, string(dt), valid).build(t, historyProject, "2\n")
	if answer.Report.ComparedWith == nil || len(answer.Notices) != 1 {
		t.Errorf("%+v", answer)
	}
}

// The comparison runs again if the client gives a folder, or another one, and after a
// request. Only the first build of a daemon is compared with a build of another daemon.
func TestUnchangedWithHistories(t *testing.T) {
	d := newDaemon(t)
	d.build(t, historyProject, "1\n")
	history := d.export(t, historyProject, "1\n")
	if !d.build(t, historyProject, "1\n").Unchanged {
		t.Error("nothing is new")
	}
	d.given = true
	if d.build(t, historyProject, "1\n").Unchanged {
		t.Error("a folder is new")
	}
	second := newDaemon(t, history)
	second.ask(t, Request{ID: "1", Now: hour(1), DryRun: true}, historyProject, "1\n")
	if answer := second.build(t, historyProject, "1\n"); !answer.Unchanged {
		t.Errorf("after a request: %+v", answer)
	}
	if !second.build(t, historyProject, "1\n").Unchanged {
		t.Error("nothing is new since this daemon's build")
	}
	second.give(t, " ")
	if second.build(t, historyProject, "1\n").Unchanged {
		t.Error("a file in the folder is new")
	}
}

func TestInvalidHistories(t *testing.T) {
	d := newDaemon(t)
	d.build(t, historyProject, "1\n")
	valid := d.export(t, historyProject, "1\n")
	change := func(f func(*historyFile)) string {
		var h historyFile
		if err := json.Unmarshal([]byte(valid), &h); err != nil {
			t.Fatal(err)
		}
		f(&h)
		dt, _ := json.Marshal(h)
		return string(dt)
	}
	for name, c := range map[string]struct{ text, notice string }{
		"empty":             {" \n", ""},
		"no JSON":           {"this builder", "the history a.json is not used: it is not the output of --call=history (invalid"},
		"no version":        {"{}", "not the output of --call=history"},
		"another JSON":      {"[]", "not the output of --call=history (json:"},
		"a newer version":   {change(func(h *historyFile) { h.Version = 2 }), "it has version 2, and this version of Strata reads version 1"},
		"a short salt":      {change(func(h *historyFile) { h.Salt = nil }), "it is not the output"},
		"a path as project": {change(func(h *historyFile) { h.Project = "../../../../../etc" }), "it is not the output"},
		"a path of a build": {change(func(h *historyFile) { h.Builds = map[string][]byte{"../../salt": nil} }), "it is not the output"},
		"a path of files":   {change(func(h *historyFile) { h.Files = map[string][]byte{"../../../aaaaaaaaaa": nil} }), "it is not the output"},
		"too many builds": {change(func(h *historyFile) {
			for i := range maxBuilds {
				h.Builds[fmt.Sprintf("%024x", i)] = nil
			}
		}), "it is not the output"},
		"a torn record":      {change(func(h *historyFile) { h.Builds = map[string][]byte{historyProject: {1, 2}} }), "it is not the output"},
		"a long name":        {change(func(h *historyFile) { h.Files[strings.Repeat("a", 400)] = nil }), "it is not the output"},
		"an incomplete text": {valid[:len(valid)/2], "not the output of --call=history (unexpected end"},
	} {
		answer := newDaemon(t, c.text).build(t, historyProject, "2\n")
		if answer.Report.ComparedWith != nil || c.notice == "" && len(answer.Notices) > 0 ||
			c.notice != "" && (len(answer.Notices) != 1 || !strings.Contains(answer.Notices[0], c.notice)) {
			t.Errorf("%s: %+v", name, answer)
		}
	}
}

// A history of a project without builds is an error, and one that is too large has only
// the last builds.
func TestExportedBuilds(t *testing.T) {
	d := newDaemon(t)
	if _, err := d.memory.export(d.id, d.project(historyProject)); err != errNoBuilds {
		t.Error(err)
	}
	record := make([]byte, maxHistory/2)
	for i := range 3 {
		d.build(t, historyProject, strings.Repeat("line\n", i+1))
	}
	p := d.project(historyProject)
	for _, i := range p.byAge() {
		f, err := os.OpenFile(filepath.Join(p.dir, p.names[i]), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(record[:maxHistory/2-4096]); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	dt, err := d.memory.export(d.id, p)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := parseHistory(dt); err != nil || len(h.Builds) != 2 {
		t.Errorf("%d builds, %v", len(h.Builds), err)
	}
	if err := os.Truncate(filepath.Join(p.dir, p.names[p.byAge()[0]]), maxHistory+1); err != nil {
		t.Fatal(err)
	}
	if _, err := d.memory.export(d.id, p); err != errLargeHistory {
		t.Error(err)
	}
}
