package clients

import (
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// installing are Dockerfiles with a copy of the whole context, or of sources, above
// an install, which has nothing to download. copies are the copies that run again
// when a source has changed.
var installing = map[string]struct {
	above  string
	copies []string
}{
	"context": {"# the sources\nCOPY . .\n", []string{"COPY . ."}},
	"sources": {"COPY src ./src\nCOPY requirements.txt app.py ./\n", []string{"COPY src", "COPY requirements.txt app.py"}},
}

// TestInstallStaysCachedAfterFix edits a source before the fixes of the advice, and
// after them. The memory of the builds is evidence.
func TestInstallStaysCachedAfterFix(t *testing.T) {
	for name, c := range installing {
		t.Run(name, func(t *testing.T) {
			own := scenario.Unique() // or an earlier run would have copied the same sources
			p := scenario.New(t, scenario.Files{
				"Dockerfile": "FROM python:3.11-slim AS build\nWORKDIR /app\n" + c.above +
					"RUN pip install -r requirements.txt\nFROM scratch\nCOPY --from=build /app /app\n",
				"requirements.txt": "# " + own, "app.py": own, "src/b.py": "one " + own, ".dockerignore": "Dockerfile\n",
			})
			before := p.On(scenario.Shared(t), scenario.Explained)
			answer := fixJSON(t, p)
			for _, code := range []string{"CopyBeforeInstall", "InstallWithoutCacheMount"} {
				if !slices.Contains(answer.Fixed, fixed{code}) {
					t.Fatalf("fixed %+v\n%s", answer.Fixed, answer.Diff)
				}
			}
			last := append(slices.Clone(c.copies), "COPY --from=build")
			for _, edit := range []string{"two ", "three "} { // on a busy machine, a build may not be recorded
				p.Write("src/b.py", edit+own)
				p.On(scenario.Shared(t), scenario.Explained).Ran(append([]string{"pip install"}, last...)...)
			}
			checkEvidence(t, p)
			p.Write("src/b.py", "one "+own)
			applyFix(t, p)
			p.On(scenario.Shared(t)).SameContent(before)
			p.Write("src/b.py", "four "+own)
			p.On(scenario.Shared(t)).Ran(last...)
			if s := callFix(t, p); s.out != "" {
				t.Errorf("fixed again:\n%s", s.out)
			}
		})
	}
}

// checkEvidence checks that the advice counts the runs of the install.
func checkEvidence(t *testing.T, p *scenario.Project) {
	t.Helper()
	const want = " of line 5 came from files that pip install -r does not read\n"
	if s := ask(t, p, scenario.Frontend(), "--call=cache"); !strings.Contains(s.out, want) {
		t.Errorf("no %q in\n%s%s", want, s.out, s.err)
	}
}

// fakeApt is a package manager that keeps lists, and installs a package by writing
// its name, because the tests may have no network.
const fakeApt = `COPY --chmod=755 <<"EOF" /bin/apt-get
#!/bin/sh
set -e
case $1 in
update) mkdir -p /var/lib/apt/lists; echo OWN > /var/lib/apt/lists/all ;;
install) cat /var/lib/apt/lists/all > /made ;;
esac
EOF
`

const copyMade = "FROM scratch\nCOPY --from=work /made /\n"

// TestPackagesStayCachedAfterFix edits a source before and after the fix of copies, of the
// context and of a stage, above an install that reads no file.
func TestPackagesStayCachedAfterFix(t *testing.T) {
	t.Parallel()
	own := scenario.Unique()
	const install = "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
	p := scenario.New(t, scenario.Files{
		"Dockerfile": "FROM busybox AS files\nCOPY a.txt /built/\nFROM busybox AS work\n" + strings.ReplaceAll(fakeApt, "OWN", own) +
			"WORKDIR /app\n# the sources\nCOPY . .\nCOPY --from=files /built /built\n" + install + "FROM scratch\nCOPY --from=work /made /app/a.txt /built /\n",
		"a.txt": "one " + own, ".dockerignore": "Dockerfile\n",
	})
	before := p.On(scenario.Shared(t))
	p.Write("a.txt", "two "+own)
	p.On(scenario.Shared(t)).Ran("COPY a.txt", "COPY . .", "COPY --from=files", "apt-get install", "COPY --from=work")
	p.Write("a.txt", "one "+own)
	applyFix(t, p)
	p.On(scenario.Shared(t)).SameContent(before)
	p.Write("a.txt", "three "+own)
	p.On(scenario.Shared(t)).Ran("COPY a.txt", "COPY . .", "COPY --from=files", "COPY --from=work")
}

// adviceFixes have, for each check of the advice with a fix, a Dockerfile that
// makes /made. cached is a step that is cached after the fix in a build with
// another ARG.
var adviceFixes = map[string]struct{ dockerfile, cached string }{
	"UpdateAlone":          {"FROM busybox AS work\n" + fakeApt + "RUN apt-get update\nWORKDIR /app\n# tools\nRUN apt-get install -y \\\n    curl\n" + copyMade, ""},
	"ListsNotRemoved":      {"FROM busybox AS work\n" + fakeApt + "RUN apt-get update && apt-get install -y \\\n    curl\n", ""},
	"HeredocIgnoresErrors": {"FROM busybox AS work\nRUN <<EOF\nmkdir /OWN\necho OWN > /made\nEOF\n" + copyMade, ""},
	"ArgTooEarly": {
		"FROM python:3.11-slim AS work\nARG GIT_SHA\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nRUN touch /$GIT_SHA && echo OWN > /made\n" + copyMade,
		"pip install",
	},
}

// TestAdviceFixesBuildTheSame builds before and after the fixes of the advice.
func TestAdviceFixesBuildTheSame(t *testing.T) {
	for code, c := range adviceFixes {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			own := scenario.Unique()
			p := scenario.New(t, scenario.Files{
				"Dockerfile":       strings.ReplaceAll(c.dockerfile, "OWN", own),
				"requirements.txt": "# " + own,
			})
			build := func(sha string) *scenario.Result { return p.On(scenario.Shared(t), scenario.Arg("GIT_SHA", sha)) }
			build("1").Holds(scenario.Files{"made": own})
			answer := fixJSON(t, p)
			if !slices.Contains(answer.Fixed, fixed{code}) {
				t.Fatalf("fixed %+v", answer.Fixed)
			}
			gitApply(t, p, answer.Diff)
			build("1").Holds(scenario.Files{"made": own})
			again := build("2")
			if again.Holds(scenario.Files{"made": own}); c.cached != "" {
				checkCached(t, again.Report, c.cached)
			}
			if answer := fixJSON(t, p); answer.Diff != "" {
				t.Errorf("fixed again:\n%s", answer.Diff)
			}
		})
	}
}

func checkCached(t *testing.T, report *buildrun.Report, step string) {
	t.Helper()
	if s, err := report.Step(step); err != nil || !s.Cached {
		t.Errorf("%s is not cached (%v):\n%s", step, err, report)
	}
}
