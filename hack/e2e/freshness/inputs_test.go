package freshness

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func lower(s string) string { return strings.ToLower(s) }

func expectError(t *testing.T, rep *buildrun.Report, err error, pattern string) {
	t.Helper()
	if err == nil {
		t.Fatalf("the build did not fail:\n%s", rep)
	}
	if !regexp.MustCompile(pattern).MatchString(err.Error()) {
		t.Errorf("the error %q does not match %s", err, pattern)
	}
}

func TestCacheKey(t *testing.T) {
	p := newProject(t, `
FROM busybox AS work
ARG --explicit REVISION
COPY token /
RUN --cache-key=$REVISION echo TOKEN >/out
FROM busybox
COPY --from=work /out /out
`)
	rev := func(r string) map[string]string { return map[string]string{"REVISION": r} }
	expectRan(t, p.build(rev("1")), "COPY token", "RUN --cache-key=$REVISION", "COPY --from")
	expectRan(t, p.build(rev("1")))
	expectRan(t, p.build(rev("2")), "RUN --cache-key=$REVISION")
	expectRan(t, p.build(rev("1")))
}

func TestExplicitArg(t *testing.T) {
	p := newProject(t, `
ARG --explicit GIT_SHA=none
FROM busybox AS base
ARG GIT_SHA
COPY token /
RUN env; echo install
FROM base
RUN --arg=GIT_SHA echo "at $GIT_SHA"; env | grep GIT_SHA >/sha
LABEL revision=$GIT_SHA
`)
	first, _ := p.image(map[string]string{"GIT_SHA": "aaa"})
	expectRan(t, first, "COPY token", "RUN env", "RUN --arg=GIT_SHA")
	if strings.Contains(logOf(t, first, "RUN env"), "GIT_SHA") {
		t.Error("a step that does not ask for the arg sees it")
	}
	expectLog(t, first, "RUN --arg=GIT_SHA", "at aaa")

	second, img := p.image(map[string]string{"GIT_SHA": "bbb"})
	expectRan(t, second, "RUN --arg=GIT_SHA")
	expectLog(t, second, "RUN --arg=GIT_SHA", "at bbb")
	if got := img.Config.Config.Labels["revision"]; got != "bbb" {
		t.Errorf("the label is %q", got)
	}
	for _, pair := range img.Config.Config.Env {
		if strings.HasPrefix(pair, "GIT_SHA=") {
			t.Errorf("the arg is in the image: %s", pair)
		}
	}
	third, _ := p.image(map[string]string{"GIT_SHA": "aaa"})
	expectRan(t, third)
}

func TestMultiPlatform(t *testing.T) {
	p := newProject(t, `
FROM --platform=$BUILDPLATFORM busybox AS generate
COPY token /
RUN --no-cache `+counting+`; echo TOKEN >/same
FROM scratch
ARG TARGETARCH
COPY --from=generate /same /same
COPY --no-cache token /token-$TARGETARCH
`)
	b := buildrun.Build{Platforms: []string{"linux/amd64", "linux/arm64", "linux/riscv64"}}
	expectLog(t, p.buildWith(b, nil), "RUN --no-cache", "1")
	rep := p.buildWith(b, nil)
	// One build is one run, for any number of platforms.
	expectLog(t, rep, "RUN --no-cache", "2")
	fresh, cached := 0, 0
	for _, s := range rep.Instructions() {
		switch {
		case strings.HasPrefix(s.Instruction(), "COPY --no-cache") && s.Ran():
			fresh++
		case strings.HasPrefix(s.Instruction(), "COPY --from=generate") && s.Cached:
			cached++
		}
	}
	if fresh != 3 || cached != 1 && cached != 3 {
		t.Errorf("%d fresh copies, %d cached:\n%s", fresh, cached, rep)
	}
}

func TestOnBuild(t *testing.T) {
	base := newProject(t, `
FROM busybox
ARG --explicit SHA
ONBUILD ARG --explicit SHA=none
ONBUILD RUN --no-cache `+counting+`
ONBUILD RUN --cache-ttl=1d --cache-key=$SHA echo daily
ONBUILD COPY --no-cache token /fresh
`)
	ref := scenario.Env().Registry() + "/freshness/onbuild:" + lower(base.token)
	base.buildWith(buildrun.Build{Exports: []buildrun.Export{buildrun.Push(ref)}}, nil)

	p := newProject(t, "FROM "+ref+"\nRUN --arg=SHA echo $SHA\n")
	p.write("token", base.token)
	args := at(1_700_000_000)
	all := []string{"ONBUILD RUN --no-cache", "ONBUILD RUN --cache-ttl=1d", "ONBUILD COPY --no-cache", "RUN --arg=SHA"}
	rep := p.build(args)
	expectRan(t, rep, all...)
	expectLog(t, rep, "RUN --arg=SHA", "none")
	rep = p.build(args)
	expectRan(t, rep, all...)
	expectLog(t, rep, "RUN --no-cache", "2")
}

func TestHeredocs(t *testing.T) {
	p := newProject(t, `
FROM busybox
ARG --explicit SHELLED=yes
COPY token /
RUN --no-cache --arg=SHELLED <<EOF
echo shell $SHELLED
EOF
RUN --no-cache <<EOF
#!/bin/sh
echo script $0
EOF
RUN --no-cache cat <<EOF
text
EOF
`)
	p.build(nil)
	rep := p.build(nil)
	steps := rep.Instructions()
	for i, want := range []string{"shell yes", "script /dev/pipes/EOF", "text"} {
		s := steps[len(steps)-3+i]
		if !s.Ran() || strings.TrimSpace(s.Logs) != want {
			t.Errorf("%s printed %q, not %q", s, s.Logs, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for line, pattern := range map[string]string{
		"RUN --cache-ttl=0 true":                `line 4: --cache-ttl=0 has to be more than zero \(.+\)`,
		"RUN --arg=GIT_SAH true":                `--arg=GIT_SAH: .* \(did you mean GIT_SHA\?\)`,
		"WORKDIR --no-cache /x":                 `line 4: WORKDIR does not take --no-cache \(.+RUN, COPY, ADD\)`,
		"RUN --no-cache --cache-ttl=1h true":    `line 4: --no-cache and --cache-ttl exclude each other \(.+\)`,
		"RUN --cache-key=1 --cache-key=2 true":  `line 4: duplicate flag specified: --cache-key \(.+\)`,
		"ONBUILD RUN --cache-ttl=tomorrow true": `line 4: --cache-ttl=tomorrow is not a duration \(.+\)`,
	} {
		p := newProject(t, "FROM busybox\nARG --explicit GIT_SHA\nCOPY token /\n"+line+"\n")
		rep, err := p.try(buildrun.Build{}, nil)
		expectError(t, rep, err, pattern)
	}
	p := newProject(t, "FROM busybox\nCOPY token /\n")
	rep, err := p.try(buildrun.Build{}, map[string]string{keep: "drop"})
	expectError(t, rep, err, `STRATA_CACHE_MOUNTS=drop \(the only value is keep\)`)
}
