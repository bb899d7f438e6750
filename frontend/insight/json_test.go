package insight

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	p := appWith(nil)
	r, _ := explain(appWith(map[string]file{"requirements.txt": text("flask\nredis\n"), "app.py": {}}), p)
	got, err := r.JSON(MaxJSON)
	if err != nil {
		t.Fatal(err)
	}
	step := func(line int, text, state, reasons, follows string) string {
		return fmt.Sprintf(`{"stage":"stage-0","line":%d,"text":"%s","platform":"linux/amd64","state":"%s","reasons":[%s],"follows":[%s]}`,
			line, text, state, reasons, follows)
	}
	modified := `{"kind":"file","path":"requirements.txt","change":"modified","linesAdded":1,"linesRemoved":0}`
	removed := `{"kind":"file","path":"app.py","change":"removed"}`
	want := `{"version":1,"comparedWith":{"time":"2026-11-28T00:00:00Z"},"steps":[` + strings.Join([]string{
		step(1, "FROM python", "cached", "", ""),
		step(2, "WORKDIR /app", "cached", "", ""),
		step(3, "COPY requirements.txt .", "runs", modified, ""),
		step(4, "RUN pip install -r requirements.txt", "runs", "", "3"),
		step(5, "COPY . .", "runs", removed, "3"),
	}, ",") + `],"causes":[{"line":3,"reasons":[` + modified + `],"steps":[3,4,5]},{"line":5,"reasons":[` + removed + `],"steps":[5]}]}`
	if string(got) != want {
		t.Errorf("\n%s\nwant:\n%s", got, want)
	}
	none, _ := explain(steady("FROM scratch"))
	if got, err := none.JSON(MaxJSON); err != nil || string(got) != `{"version":1,"comparedWith":null,"steps":[],"causes":[]}` {
		t.Errorf("%s %v", got, err)
	}
}

// A report that was written as JSON can be read again.
func TestJSONRoundTrip(t *testing.T) {
	r, _ := explain(appWith(map[string]file{"requirements.txt": text("")}).with("python", "a&b"), appWith(nil))
	dt, err := r.JSON(MaxJSON)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(dt, &again); err != nil {
		t.Fatal(err)
	}
	if summary(r) != summary(again) || !strings.Contains(string(dt), "a&b") {
		t.Errorf("%s\n%s", dt, summary(again))
	}
}

func TestJSONLimit(t *testing.T) {
	files := func(n int) map[string]file {
		list := map[string]file{}
		for i := range n {
			list[fmt.Sprintf("dir/file%d", i)] = text("a\n")
		}
		return list
	}
	many := steady("FROM busybox\nCOPY . .\nRUN make")
	manyFiles := many
	manyFiles.files = files(5000)
	long := steady("FROM busybox\nRUN one\nRUN " + strings.Repeat("x", 20000))
	for _, c := range []struct {
		name        string
		before, now fixture
		limit       int
		steps       int // the minimum number of remaining steps
	}{
		{"many files", many, manyFiles, MaxJSON, 3},
		{"many steps", longFile(600, "RUN a%d\n"), longFile(600, "RUN b%d\n"), MaxJSON, 100},
		{"a long instruction", long, long.with("one", "two"), 10000, 3},
		{"nothing", long, long.with("one", "two"), 200, 0},
	} {
		r, _ := explain(c.now, c.before)
		dt, err := r.JSON(c.limit)
		var short Report
		if failed := json.Unmarshal(dt, &short); failed != nil || err != nil || len(dt) > c.limit || short.Omitted == nil {
			t.Errorf("%s: %d bytes, %v, %v", c.name, len(dt), err, failed)
			continue
		}
		if n := len(short.Steps); n < c.steps || n+short.Omitted.Steps != len(r.Steps) || len(short.Causes)+short.Omitted.Causes != len(r.Causes) {
			t.Errorf("%s: %d steps and %d causes are left, omitted %+v", c.name, n, len(short.Causes), *short.Omitted)
		}
		reasons, left := 0, 0
		for i := range short.Steps {
			reasons, left = reasons+len(r.Steps[i].Reasons), left+len(short.Steps[i].Reasons)
		}
		for i := range short.Causes {
			reasons, left = reasons+len(r.Causes[i].Reasons), left+len(short.Causes[i].Reasons)
		}
		if left+short.Omitted.Reasons != reasons {
			t.Errorf("%s: %d of %d reasons are left, omitted %+v", c.name, left, reasons, *short.Omitted)
		}
		t.Logf("%s: %d bytes, %d steps, %+v", c.name, len(dt), len(short.Steps), *short.Omitted)
	}
	if _, err := (Report{}).JSON(20); err == nil {
		t.Error("no error where not even an empty report fits")
	}
}
