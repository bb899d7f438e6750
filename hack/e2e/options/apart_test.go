package options

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/filesync"
	"github.com/tonistiigi/fsutil"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// apart are the options whose effect is not on the image of a single build, with
// their tests.
var apart = map[string]func(*testing.T){
	"requestid":  tryRequest,
	"cpusetmems": inGraph(scenario.Files{"Dockerfile": "FROM busybox\nRUN true\n"}, "cpusetMems", scenario.Option("cpusetmems", "1")),
	// With cgroup v2 a step has a cgroup namespace, and does not see the parent.
	"cgroup-parent":                 inGraph(scenario.Files{"Dockerfile": "FROM busybox\nRUN true\n"}, "cgroupParent", scenario.Option("cgroup-parent", "/strata")),
	"image-resolve-mode":            inGraph(scenario.Files{"Dockerfile": "FROM busybox\nRUN true\n"}, "image.resolvemode", scenario.Option("image-resolve-mode", "pull")),
	"build-arg:BUILDKIT_GIT_ADVICE": inGraph(scenario.Files{"Dockerfile": "FROM scratch\nADD https://example.com/a.git /\n"}, "git.advice", scenario.Option("build-arg:BUILDKIT_GIT_ADVICE", "1")),
	"sharedkey:localdir:NAME":       inGraph(scenario.Files{"Dockerfile": "FROM scratch\nCOPY --from=ctx a /\n"}, "local.sharedkeyhint", scenario.Option("sharedkey:localdir:ctx", "known"), scenario.Option("context:ctx", "local:context")),
	"local-sessionid:NAME":          trySession,
	"no-cache":                      tryNoCache,
	"cache-from":                    tryCacheImport(func(ref string) change { return scenario.Option("cache-from", ref) }),
	"cache-imports": tryCacheImport(func(ref string) change {
		return scenario.Option("cache-imports", `[{"Type":"registry","Attrs":{"ref":"`+ref+`"}}]`)
	}),
	"build-arg:BUILDKIT_CACHE_MOUNT_NS": tryCacheMounts,
	"build-arg:STRATA_CACHE_MOUNTS":     tryKeptCacheMounts,
	"build-arg:STRATA_PROFILE":          tryProfile,
	"build-arg:STRATA_WHY":              tryWhy,
	"build-arg:STRATA_FIX":              tryFix,
	"build-arg:STRATA_LOCK":             tryLock,
	"build-arg:BUILDKIT_INLINE_CACHE":   tryInlineCache,
	"build-arg:BUILDKIT_BUILD_NAME":     tryBuildName,
}

func TestApart(t *testing.T) {
	for _, option := range slices.Sorted(maps.Keys(apart)) {
		t.Run(option, apart[option])
	}
}

// differs checks that an option has an effect, and the same effect with both
// frontends. show returns the observed result, with or without the option.
func differs(t *testing.T, show func(frontend change, with bool) string) {
	t.Helper()
	strata := func(*buildrun.Build) {}
	without, want, got := show(scenario.Reference, false), show(scenario.Reference, true), show(strata, true)
	if want == without {
		t.Errorf("the option does nothing to the reference, which shows\n%s", want)
	}
	if got != want {
		t.Errorf("Strata shows\n%s\nand the reference\n%s", got, want)
	}
}

// ask makes a request about the project.
func ask(t *testing.T, p *scenario.Project, changes ...change) map[string][]byte {
	t.Helper()
	b := buildrun.Build{Context: p.Dir, Frontend: scenario.Frontend()}
	for _, c := range changes {
		c(&b)
	}
	answer, err := buildrun.Ask(t.Context(), scenario.Shared(t).Client, b)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// tryRequest requests the stages.
func tryRequest(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": "# The first.\nFROM scratch AS first\nFROM scratch AS second\n"})
	for _, request := range []string{"frontend.targets", "frontend.outline", "frontend.lint", "frontend.convertllb"} {
		got, want := ask(t, p, scenario.Option("requestid", request)), ask(t, p, scenario.Option("requestid", request), scenario.Reference)
		if len(want) == 0 || !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s: the answers are %q and %q", request, got, want)
		}
		if string(got["result.txt"]) != string(want["result.txt"]) {
			t.Errorf("%s: Strata answers\n%s\nand the reference\n%s", request, got["result.txt"], want["result.txt"])
		}
	}
}

// inGraph tests options that affect the graph, in the lines that contain text.
func inGraph(files scenario.Files, text string, with ...change) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		p := scenario.New(t, files)
		lines := regexp.MustCompile(".*" + regexp.QuoteMeta(text) + ".*")
		differs(t, func(frontend change, set bool) string {
			changes := []change{frontend, scenario.Option("requestid", "frontend.convertllb")}
			if set {
				changes = append(changes, with...)
			} else {
				changes = append(changes, with[1:]...) // what the option needs
			}
			found := lines.FindAllString(string(ask(t, p, changes...)["result.json"]), -1)
			for i := range found {
				found[i] = strings.Trim(found[i], " ,")
			}
			slices.Sort(found)
			return strings.Join(slices.Compact(found), "\n")
		})
	}
}

// trySession lets a session other than that of the build send the context.
func trySession(t *testing.T) {
	t.Parallel()
	p := scenario.New(t, scenario.Files{"Dockerfile": copying, "from": "the build's session"})
	other := scenario.New(t, scenario.Files{"from": "another session"})
	d := scenario.Shared(t)
	id := startSession(t, d.Client, other.Dir)
	differs(t, func(frontend change, with bool) string {
		changes := []change{frontend}
		if with {
			changes = append(changes, scenario.Option("local-sessionid:context", id))
		}
		r := p.On(d, changes...)
		raw, err := os.ReadFile(r.Unpack() + "/from")
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	})
}

// startSession starts a session that provides a folder with the name context.
func startSession(t *testing.T, c *client.Client, dir string) string {
	t.Helper()
	folder, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.Allow(filesync.NewFSSyncProvider(filesync.StaticDirSource{"context": folder}))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context(), c.Dialer()) }()
	t.Cleanup(func() {
		s.Close()
		<-ended // it ends because it is closed; its error does not matter
	})
	return s.ID()
}

// tryProfile tests an option that only Strata has.
func tryProfile(t *testing.T) {
	t.Parallel()
	p := scenario.New(t, scenario.Files{"Dockerfile": copying})
	for _, kind := range []string{"", "cpu", "allocs", "trace"} {
		var changes []change
		if kind != "" {
			changes = append(changes, scenario.Option("build-arg:STRATA_PROFILE", kind))
		}
		profile := p.On(scenario.Shared(t), changes...).Report.Response["frontend.strata.profile"]
		if (profile != "") != (kind != "") {
			t.Errorf("with STRATA_PROFILE=%s the result's profile has %d bytes", kind, len(profile))
		}
	}
}

// tryWhy tests an option that only Strata has.
func tryWhy(t *testing.T) {
	t.Parallel()
	p := scenario.New(t, scenario.Files{"Dockerfile": copying, "own": scenario.Unique()})
	for _, value := range []string{"off", "on", "", "all"} {
		report := p.On(scenario.Shared(t), scenario.Option("build-arg:STRATA_WHY", value)).Report.Response["frontend.strata.cache"]
		if (report != "") != (value == "on") { // the others ask again with nothing new
			t.Errorf("with STRATA_WHY=%s the result's report has %d bytes", value, len(report))
		}
	}
}

// tryFix tests an option that only Strata has.
func tryFix(t *testing.T) {
	t.Parallel()
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox AS Work\nRUN --no-cache date\n"})
	for value, want := range map[string]string{"": "+FROM busybox AS work\n", "comments": "+# strata=no-cache\n+RUN date\n", "flags": ""} {
		answer := ask(t, p, scenario.Option("requestid", "frontend.fix"), scenario.Option("build-arg:STRATA_FIX", value))
		if diff := string(answer["result.txt"]); !strings.Contains(diff, want) || (diff == "") != (want == "") {
			t.Errorf("with STRATA_FIX=%s the answer is\n%s", value, diff)
		}
	}
}

// tryLock tests an option that only Strata has.
func tryLock(t *testing.T) {
	t.Parallel()
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nCOPY . /\n"})
	for value, fails := range map[string]bool{"": false, "off": false, "update": false, "require": true} {
		report, err := p.Try(scenario.Shared(t), scenario.Option("build-arg:STRATA_LOCK", value))
		if (err != nil) != fails {
			t.Errorf("with STRATA_LOCK=%s a build without a lock: %v", value, err)
		}
		if lock := report.Response["frontend.strata.lock"]; (lock != "") != (value == "update") {
			t.Errorf("with STRATA_LOCK=%s the result's lock has %d bytes", value, len(lock))
		}
	}
}
