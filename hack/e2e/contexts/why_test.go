package contexts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestWhyOfPaths edits files that a step reads through a wildcard or a link, or in a
// second transfer of a context. The build names what was edited, and the daemon runs the
// steps that the line names.
func TestWhyOfPaths(t *testing.T) {
	// A stage for each edit. No other build has the same files.
	const head = "FROM busybox\n"
	own := scenario.Unique() + "\n"
	p := scenario.New(t, scenario.Files{
		"Dockerfile": head + "COPY --link src /app/\n" +
			head + "COPY */p.json /json/\n" +
			head + "RUN --mount=type=bind,source=current,target=/cfg cat /cfg/a\n" +
			head + "COPY --link --from=lib x /\nCOPY --link --from=lib y /\n" +
			head + "COPY --from=0 /app /app\nCOPY --from=1 /json /json\nCOPY --from=2 /etc /etc\nCOPY --from=3 / /lib\n",
		"src/a": own, "one/p.json": "1\n", "two/p.json": own, "v1/a": own, "lib/x": "x\n", "lib/y": own,
	})
	if err := os.Symlink("v1", filepath.Join(p.Dir, "current")); err != nil {
		t.Fatal(err)
	}
	build := func() *scenario.Result {
		return p.On(scenario.Shared(t), scenario.Explained, func(b *buildrun.Build) {
			b.Named = map[string]string{"lib": filepath.Join(p.Dir, "lib")}
		})
	}
	build()
	for _, c := range []struct {
		what, line, step string
		edit             func()
	}{
		{"a directory that a wildcard matches", "three/p.json is new; two/p.json was removed: line 4 COPY", "COPY */p.json", func() { p.Rename("two", "three") }},
		{"a file behind a link", "current/a changed (+1 line): line 6 RUN", "RUN --mount", func() { p.Write("v1/a", own+"b\n") }},
		{"a file of the second transfer", "y of the context lib changed (+1 line): line 9 COPY", "COPY --link --from=lib y", func() { p.Write("lib/y", own+"y\n") }},
	} {
		c.edit()
		r := build()
		why, ran := strings.Join(r.Why(), "\n"), strings.Join(r.Report.Ran(), "\n")
		if !strings.HasPrefix(why, "why: "+c.line) || strings.Contains(why, "\n") {
			t.Errorf("%s: it says %q, want %q", c.what, why, c.line)
		}
		if !strings.Contains(ran, c.step) {
			t.Errorf("%s: the daemon ran:\n%s", c.what, ran)
		}
	}
}
