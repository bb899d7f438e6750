package daemons

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// newer are instructions that the frontend inside the older release does not
// know. Holds is what Strata makes of them on any release.
var newer = []struct {
	name, step string
	holds      scenario.Files
	// warns is a warning, and lacks an error, of the older release only.
	warns, lacks string
	options      map[string]string
}{
	{name: "exclude", step: "COPY --exclude=*.md sub /x", holds: scenario.Files{"/x/b": "b", "/x/d.md": scenario.Absent}},
	{name: "parents of a pattern", step: "COPY --parents sub/*/c /x/", holds: scenario.Files{"/x/sub/deep/c": "c"}},
	{name: "parents", step: "COPY --parents sub/./deep/c /x/", holds: scenario.Files{"/x/deep/c": "c"}, warns: "ParentsUnchecked"},
	{name: "unpack", step: "ADD --unpack=false a /x/", holds: scenario.Files{"/x/a": "a"}},
	{name: "link", step: "COPY --link a /x/", holds: scenario.Files{"/x/a": "a"}},
	{name: "octal permissions", step: "COPY --chmod=0711 a /x/\nRUN stat -c %a /x/a > /mode", holds: scenario.Files{"/mode": "711"}},
	{
		name: "symbolic permissions", step: "COPY --chmod=u=rw,go= a /x/\nRUN stat -c %a /x/a > /mode", holds: scenario.Files{"/mode": "600"},
		lacks: "knows permissions as numbers only",
	},
	{name: "secret in the environment", step: "RUN --mount=type=secret,id=s,env=S echo $S > /s", holds: scenario.Files{"/s": "secret"}},
	{name: "device", step: "RUN --device=vendor.com/none echo run > /x", holds: scenario.Files{"/x": "run"}},
	{name: "required device", step: "RUN --device=vendor.com/none,required true", lacks: `the device "vendor.com/none", which is required`},
	{name: "memory limit", step: "RUN echo run > /x", holds: scenario.Files{"/x": "run"}, options: map[string]string{"memory": "268435456"}},
	{name: "ONBUILD with a source", step: "ONBUILD COPY --from=busybox /bin/sh /x\nRUN echo run > /x", holds: scenario.Files{"/x": "run"}},
}

// TestNewerThanTheBuilder builds what only a newer builder knows.
func TestNewerThanTheBuilder(t *testing.T) {
	onEach(t, func(t *testing.T, d daemon) {
		for _, c := range newer {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				r, err := project(t, "FROM busybox\n"+c.step+"\n").Image(d.Daemon, func(b *buildrun.Build) {
					b.Secrets, b.Attrs = map[string][]byte{"s": []byte("secret")}, c.options
				})
				if c.holds == nil && !d.old {
					if err == nil || strings.Contains(err.Error(), c.lacks) {
						t.Errorf("the newer builder has no such device: %v", err)
					}
					return
				}
				if c.lacks != "" && d.old {
					wantLack(t, err, c.lacks)
					return
				}
				if err != nil {
					t.Fatalf("%v\n%s%s", err, r.Report, r.Logs())
				}
				r.Holds(c.holds)
				if warned := warns(r, c.warns); warned != (c.warns != "" && d.old) {
					t.Errorf("warned of %s: %v", c.warns, warned)
				}
			})
		}
	})
}

func warns(r *scenario.Result, rule string) bool {
	return slices.ContainsFunc(r.Warnings, func(w client.VertexWarning) bool { return strings.Contains(string(w.Short), rule+":") })
}

var lackHint = regexp.MustCompile(`update buildkit|use (a newer )?BuildKit`)

// wantLack wants an error that says what the builder lacks, and on which line.
func wantLack(t *testing.T, err error, lack string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), lack) {
		t.Fatalf("the error is %v, without %q", err, lack)
	}
	if !lackHint.MatchString(err.Error()) {
		t.Errorf("the error does not say what to do: %v", err)
	}
	var lines []int32
	for _, s := range errdefs.Sources(err) {
		for _, r := range s.Ranges {
			lines = append(lines, r.Start.Line)
		}
	}
	if !slices.Contains(lines, 2) {
		t.Errorf("the error points at the lines %v, not at line 2: %v", lines, err)
	}
}

// TestGitOfTheBuilder adds a Git repository. What the older release cannot
// check out otherwise it refuses.
func TestGitOfTheBuilder(t *testing.T) {
	server := scenario.NewGitServer(t)
	repo := server.Repository(t, "repo")
	commit := repo.Commit(scenario.Files{"file": "file\n"})
	url := server.HTTP + repo.Path
	onEach(t, func(t *testing.T, d daemon) {
		for name, c := range map[string]struct{ step, lacks string }{
			"branch":       {step: "ADD " + url + "#main /x"},
			"keep folder":  {step: "ADD --keep-git-dir=true " + url + " /x"},
			"checksum":     {step: "ADD --checksum=" + commit + " " + url + "#main /x", lacks: "source.git.checksum"},
			"query":        {step: "ADD " + url + "?ref=main&checksum=" + commit + " /x", lacks: "source.git.checksum"},
			"no submodule": {step: "ADD " + url + "?submodules=false /x", lacks: "source.git.skipsubmodules"},
		} {
			t.Run(name, func(t *testing.T) {
				r, err := project(t, "FROM busybox\n"+c.step+"\n").Image(d.Daemon)
				if c.lacks != "" && d.old {
					wantLack(t, err, c.lacks)
					return
				}
				if err != nil {
					t.Fatalf("%v\n%s", err, r.Report)
				}
				r.Holds(scenario.Files{"/x/file": "file"})
			})
		}
	})
}
