package lock

import (
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"

	spb "github.com/moby/buildkit/sourcepolicy/pb"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

// images names two images. Its stages have no RUN.
const images = "FROM BASE\nCOPY --from=TOOL /version /tool\n"

// rows are the rows of the table in docs/lock.md. Each is tested with a lock of
// version 1 after the sources have moved to version 2.
var rows = map[string]func(t *testing.T, d *scenario.Daemon){
	"Named contexts":                 namedContext,
	"Build args in `FROM` and `ADD`": buildArgs,
	"Several platforms":              severalPlatforms,
	"`--pull`":                       pull,
	"`--no-cache`":                   noCache,
	"`BUILDKIT_SYNTAX`":              syntaxArg,
	"The `# syntax=` line":           syntaxLine,
	"`@sha256:` in the Dockerfile":   digested,
	"`ADD --keep-git-dir`":           keepGitDir,
	"Source policies of the client": func(t *testing.T, d *scenario.Daemon) {
		policyOfImage(t, d)
		policyOfRemote(t, d)
		policyOfLock(t, d)
	},
	"A Dockerfile of another name": otherName,
	"A Dockerfile from standard input (`-f -`), a URL (`-f https://...`) or `dockerfile-inline`": dockerfileAlone,
	"A Git repository as the context":        gitContext,
	"A registry that cannot be reached":      registryGone,
	"A source that is not in the lock":       notLocked,
	"`STRATA_LOCK=require`":                  require,
	"`STRATA_LOCK=off`":                      func(t *testing.T, d *scenario.Daemon) { withoutLock(t, d, "off") },
	"`STRATA_LOCK=update`":                   func(t *testing.T, d *scenario.Daemon) { withoutLock(t, d, "update") },
	"A file that the server has replaced":    fileReplaced,
	"An image that the registry has deleted": imageGone,
	"An older BuildKit":                      olderBuildKit,
}

func TestRows(t *testing.T) {
	page, err := os.ReadFile("../../../docs/lock.md")
	must(t, err)
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \| .+ \|$`).FindAllStringSubmatch(string(page), -1) {
		if m[1] != "with" && m[1] != "---" {
			listed[m[1]] = true
		}
	}
	d := scenario.Fresh(t)
	for name, try := range rows {
		if !listed[name] {
			t.Errorf("docs/lock.md has no row %s", name)
		}
		delete(listed, name)
		t.Run(name, func(t *testing.T) { t.Parallel(); try(t, d) })
	}
	for name := range listed {
		t.Errorf("no test tries the row %s", name)
	}
}

// moved is a project with a lock whose sources have moved since.
func moved(t *testing.T, d *scenario.Daemon, dockerfile string) *moving {
	t.Helper()
	m := newMoving(t, dockerfile)
	m.lock(d)
	m.move()
	return m
}

// holds checks the files in a build of the project.
func (m *moving) holds(d *scenario.Daemon, files scenario.Files, changes ...change) *buildrun.Report {
	m.t.Helper()
	dest := m.t.TempDir()
	report, err := m.Try(d, append(changes, func(b *buildrun.Build) { b.Exports = []buildrun.Export{buildrun.Local(dest)} })...)
	if err != nil {
		m.t.Fatalf("%v\n%s", err, report)
	}
	scenario.HoldsFiles(m.t, dest, files)
	return report
}

func versions(base, tool string) scenario.Files { return scenario.Files{"version": base, "tool": tool} }

func namedContext(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, images)
	m.holds(d, versions("2", "1"), func(b *buildrun.Build) {
		b.Named = map[string]string{m.names.Replace("BASE"): "docker-image://" + m.names.Replace("BASE")}
	})
}

func buildArgs(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "ARG NAME=base\nFROM HOST/team/$NAME:1\n")
	m.lock(d)
	m.lock(d, scenario.Arg("NAME", "tool"))
	m.move()
	for _, name := range []string{"base", "tool"} {
		m.holds(d, scenario.Files{"version": "1"}, scenario.Arg("NAME", name))
	}
	text := m.check(d, "1")
	says(t, text, "1 difference", "moved    "+m.registry.Host+"/team/base:1")
}

func severalPlatforms(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM HOST/team/many:1\n")
	name := m.registry.Host + "/team/many:1"
	index := push(t, name, "1\n", "amd64", "arm64")
	says(t, m.lock(d), index)
	push(t, name, "2\n", "amd64", "arm64")
	m.Build.Platforms = []string{"linux/amd64", "linux/arm64"}
	m.holds(d, scenario.Files{"linux_amd64/version": "1", "linux_arm64/version": "1"})
}

func pull(t *testing.T, d *scenario.Daemon) {
	moved(t, d, images).holds(d, versions("1", "1"), scenario.Option("image-resolve-mode", "pull"))
}

func noCache(t *testing.T, d *scenario.Daemon) {
	moved(t, d, images).holds(d, versions("1", "1"), func(b *buildrun.Build) { b.NoCache = true })
}

func syntaxArg(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, images)
	m.holds(d, versions("1", "1"), scenario.Reference, scenario.Arg("BUILDKIT_SYNTAX", scenario.Frontend()))
	m.holds(d, versions("2", "2"), scenario.Reference)
}

func syntaxLine(t *testing.T, d *scenario.Daemon) {
	const name = "test/lock:1"
	scenario.Publish(t, name)
	line := scenario.Env().Registry() + "/" + name
	m := moved(t, d, "# syntax="+line+"\n"+images)
	m.holds(d, versions("1", "1"), scenario.Reference)
	if strings.Contains(m.Read("Dockerfile.lock"), name) {
		t.Error("the lock has the image of the syntax line")
	}
	says(t, m.check(d, "1"), "The syntax line names "+line+", which is sha256:")
}

func digested(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, images)
	m.Edit(m.names.Replace("BASE"), m.names.Replace("BASE")+"@"+m.digests["BASE"])
	if text := m.lock(d); strings.Contains(text, "/base") {
		t.Errorf("the lock has an image that the Dockerfile pins:\n%s", text)
	}
	m.move()
	m.holds(d, versions("1", "1"), scenario.Arg("STRATA_LOCK", "require"))
}

// converting returns a source policy of the client.
func converting(selector *spb.Selector, updates *spb.Update) change {
	return func(b *buildrun.Build) {
		b.Policy = &spb.Policy{Version: 1, Rules: []*spb.Rule{{Action: spb.PolicyAction_CONVERT, Selector: selector, Updates: updates}}}
	}
}

func policyOfImage(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, images)
	base := "docker-image://" + m.names.Replace("BASE")
	m.holds(d, versions("2", "1"), converting(&spb.Selector{Identifier: base + "*"}, &spb.Update{Identifier: base + "@" + m.digests["BASE"]}))
	_, err := m.Try(d, func(b *buildrun.Build) {
		b.Policy = &spb.Policy{Version: 1, Rules: []*spb.Rule{{Action: spb.PolicyAction_DENY, Selector: &spb.Selector{Identifier: base + "*"}}}}
	})
	if err == nil || !strings.Contains(err.Error(), "denied by policy") {
		t.Errorf("an image that the client denies: %v", err)
	}
}

func policyOfRemote(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM scratch\nADD FILE /file\nADD REPO /repo/\n")
	m.lock(d)
	m.holds(d, scenario.Files{"file": "1", "repo/version": "1"}) // the daemon has the file from here on
	m.move()
	m.file.Store(2)
	url := m.names.Replace("FILE")
	m.holds(d, scenario.Files{"file": "2", "repo/version": "1"},
		converting(&spb.Selector{Identifier: url}, &spb.Update{Identifier: url + "?other"}),
		func(b *buildrun.Build) {
			b.Policy.Rules[0].Updates.Attrs = map[string]string{"http.checksum": sumOf("2\n")}
		})
	repo := "git://" + strings.TrimPrefix(strings.TrimSuffix(m.names.Replace("REPO"), "#main"), "http://")
	m.holds(d, scenario.Files{"file": "1", "repo/version": "2"},
		converting(&spb.Selector{Identifier: repo + "*"}, &spb.Update{Identifier: repo + "#" + m.digests["REPO"]}))
}

func otherName(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, images)
	m.Rename("Dockerfile", "docker/web.Dockerfile")
	m.Build.Dockerfile = "docker/web.Dockerfile"
	m.lock(d)
	m.Rename("Dockerfile.lock", "docker/web.Dockerfile.lock")
	m.move()
	m.holds(d, versions("1", "1"))
	says(t, m.check(d, "1"), "web.Dockerfile.lock has 2 differences", "(web.Dockerfile:1)")
}

func gitContext(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, images)
	m.lock(d)
	m.repo.Commit(scenario.Files{"Dockerfile": m.Read("Dockerfile"), "Dockerfile.lock": m.Read("Dockerfile.lock")})
	m.move()
	m.holds(d, versions("1", "1"), func(b *buildrun.Build) { b.Context = m.names.Replace("REPO") })
}

func registryGone(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, images)
	m.holds(d, versions("1", "1"))
	m.registry.Stop()
	m.holds(d, versions("1", "1"))
	if _, err := m.Try(d, scenario.Arg("STRATA_LOCK", "off")); err == nil {
		t.Error("a tag was found although its registry is gone")
	}
}

func notLocked(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, "FROM BASE\n")
	m.Write("Dockerfile", m.names.Replace(images))
	report := m.holds(d, versions("1", "2"))
	if len(report.Warnings) != 1 || !strings.Contains(string(report.Warnings[0].Short), "NotLocked: "+m.names.Replace("TOOL")) {
		t.Errorf("the warnings are %v", report.Warnings)
	}
	says(t, m.check(d, "1"), "moved    "+m.names.Replace("BASE"), "missing  "+m.names.Replace("TOOL")+" (Dockerfile:2)")
}

func require(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM BASE\n")
	fails := func(text string) {
		t.Helper()
		if _, err := m.Try(d, scenario.Arg("STRATA_LOCK", "require")); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error is %v, without %q", err, text)
		}
	}
	fails("there is no Dockerfile.lock")
	m.lock(d)
	m.move()
	m.holds(d, scenario.Files{"version": "1"}, scenario.Arg("STRATA_LOCK", "require"))
	m.Write("Dockerfile", m.names.Replace(images))
	fails(m.names.Replace("TOOL is not in Dockerfile.lock, and STRATA_LOCK=require"))
}

func withoutLock(t *testing.T, d *scenario.Daemon, mode string) {
	m := moved(t, d, images)
	report := m.holds(d, versions("2", "2"), scenario.Arg("STRATA_LOCK", mode))
	if mode == "update" {
		text, err := base64.StdEncoding.DecodeString(report.Response["frontend.strata.lock"])
		must(t, err)
		m.Write("Dockerfile.lock", string(text))
		m.check(d, "")
		return
	}
	m.holds(d, versions("1", "1"))
}

func fileReplaced(t *testing.T, d *scenario.Daemon) {
	m := moved(t, d, "FROM scratch\nADD FILE-"+scenario.Unique()+" /file\n") // a name that is new to the daemon
	m.holds(d, scenario.Files{"file": "1"})
	m.file.Store(2)
	m.holds(d, scenario.Files{"file": "1"})
	if _, err := m.Try(scenario.Shared(t)); err == nil || !strings.Contains(err.Error(), "digest mismatch") {
		t.Errorf("on a daemon that does not have the file: %v", err)
	}
}

func olderBuildKit(t *testing.T, d *scenario.Daemon) {
	older := scenario.StartDaemon(t, workbench.DaemonOptions{Version: workbench.OlderBuildKit})
	m := moved(t, older, images)
	m.holds(older, versions("1", "1"))

	m.Write("Dockerfile", m.names.Replace("FROM scratch\nADD REPO /repo/\n"))
	if _, _, _, err := m.ask(older, "lock"); err == nil || !strings.Contains(err.Error(), "use BuildKit 0.26 or newer") {
		t.Errorf("a lock of a Git repository: %v", err)
	}
	m.lock(d)
	m.move()
	m.holds(older, scenario.Files{"repo/version": "2"})
}
