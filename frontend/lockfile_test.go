package frontend

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

const external = `FROM busybox AS unused
FROM alpine
COPY --from=debian /a /b
RUN --mount=from=golang,target=/m true
ADD https://example.com/file /file
ADD https://example.com/r.git#main /r
`

// lockable is a case whose sources can all be looked up.
func lockable(dockerfile string, args map[string]string) difftest.Case {
	c := caseOf(dockerfile, nil)
	c.Options.BuildArgs = args
	c.Options.HTTP = map[string]difftest.HTTP{"https://example.com/file": {Body: "a"}}
	c.Options.Git = map[string]difftest.Git{"example.com/r.git#main": {}}
	return c
}

// locked is a case with a lock that is made from it.
func locked(t *testing.T, c difftest.Case) difftest.Case {
	t.Helper()
	res, err := ask(t, c, "frontend.lock")
	if err != nil {
		t.Fatal(err)
	}
	text := string(res.Metadata["result.txt"])
	c.Options.Lock = &text
	return c
}

// The lock has the sources of all stages, even of those that the target does not
// need, one a line.
func TestLockHasAllSources(t *testing.T) {
	c := lockable(external, nil)
	c.Options.Target = "unused"
	lines := strings.Split(*locked(t, c).Options.Lock, "\n")
	want := []string{
		"docker-image://docker.io/library/alpine:latest", "docker-image://docker.io/library/busybox:latest",
		"docker-image://docker.io/library/debian:latest", "docker-image://docker.io/library/golang:latest",
		"git://example.com/r.git#main", "https://example.com/file",
	}
	if len(lines) != len(want)+3 {
		t.Fatalf("the lock is\n%s", strings.Join(lines, "\n"))
	}
	for i, identifier := range want {
		if !strings.Contains(lines[i+1], `"selector":{"identifier":"`+identifier+`"`) {
			t.Errorf("line %d is not about %s: %s", i+2, identifier, lines[i+1])
		}
	}
}

// sourcesOf are the attributes of the sources of the last graph, by identifier.
func sourcesOf(t *testing.T, gw *difftest.Gateway) map[string]map[string]string {
	t.Helper()
	solved := gw.Solved()
	sources := map[string]map[string]string{}
	for _, dt := range solved[len(solved)-1].Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		if s := op.GetSource(); s != nil {
			sources[s.Identifier] = s.Attrs
		}
	}
	return sources
}

// A build with a lock asks for pinned images only, and fetches pinned sources.
func TestBuildWithLock(t *testing.T) {
	gw := difftest.NewGateway(locked(t, lockable(external, nil)))
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	for call := range gw.Calls() {
		if name, ok := strings.CutPrefix(call, "ResolveImageConfig "); ok && !strings.Contains(name, ":latest@sha256:") {
			t.Errorf("it asks for %s", name)
		}
	}
	sources := sourcesOf(t, gw)
	for identifier := range sources {
		if strings.HasPrefix(identifier, "docker-image://") && !strings.Contains(identifier, ":latest@sha256:") {
			t.Errorf("%s is not pinned", identifier)
		}
	}
	if _, ok := sources["git://example.com/r.git#main"]; ok || len(sources) != 5 {
		t.Errorf("the sources are %v", sources)
	}
	if sources["https://example.com/file"][pb.AttrHTTPChecksum] == "" {
		t.Error("the file has no checksum")
	}
	if warnings := gw.Warnings(); len(warnings) > 0 {
		t.Errorf("the warnings are %v", warnings)
	}
}

// A build whose lock is up to date has the same graph as one without a lock, if all
// its sources are images.
func TestLockDoesNotChangeTheGraph(t *testing.T) {
	c := lockable("FROM busybox AS b\nFROM alpine\nCOPY --from=b /a /b\nRUN true\n", nil)
	graph := func(c difftest.Case) string {
		gw := difftest.NewGateway(c)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		solved := gw.Solved()
		return difftest.Canonical(solved[len(solved)-1])
	}
	if without, with := graph(c), graph(locked(t, c)); without != with {
		t.Error(difftest.DiffText(without, with))
	}
}

// Each value of STRATA_LOCK.
func TestLockModes(t *testing.T) {
	c := locked(t, lockable(external, nil))
	moved := regexp.MustCompile("@sha256:[0-9a-f]{16}").ReplaceAllString(*c.Options.Lock, "@sha256:0000000000000000")
	c.Options.Lock = &moved
	uses := func(mode string) (bool, map[string][]byte, error) {
		c := c
		c.Options.BuildArgs = map[string]string{"STRATA_LOCK": mode}
		gw := difftest.NewGateway(c)
		res, err := Build(t.Context(), gw)
		if err != nil {
			return false, nil, err
		}
		for identifier := range sourcesOf(t, gw) {
			if strings.Contains(identifier, "@sha256:0000000000000000") {
				return true, res.Metadata, nil
			}
		}
		return false, res.Metadata, nil
	}
	for mode, want := range map[string]bool{"": true, "require": true, "off": false, "update": false} {
		got, meta, err := uses(mode)
		if got != want || err != nil {
			t.Errorf("%q: it uses the lock: %v (%v)", mode, got, err)
		}
		if _, has := meta["frontend.strata.lock"]; has != (mode == "update") {
			t.Errorf("%q: the result has a lock: %v", mode, has)
		}
	}
	if _, _, err := uses("maybe"); err == nil || !strings.Contains(err.Error(), "STRATA_LOCK=maybe (use require") || !strings.Contains(err.Error(), "off") || !strings.Contains(err.Error(), "update") {
		t.Errorf("the error of a bad value is %v", err)
	}
	c.Options.Lock = nil
	if _, _, err := uses("require"); err == nil || !strings.Contains(err.Error(), "STRATA_LOCK=require, and there is no Dockerfile.lock") {
		t.Errorf("the error without a lock is %v", err)
	}
	empty := "\n"
	c.Options.Lock = &empty
	if _, _, err := uses("require"); err == nil || !strings.Contains(err.Error(), "STRATA_LOCK=require, and Dockerfile.lock is empty (write it with docker buildx build --call=lock . > Dockerfile.lock)") {
		t.Errorf("the error with an empty lock is %v", err)
	}
}

// A bad lock is an error that shows its line, and no request that does not need the
// lock fails for it.
func TestBadLock(t *testing.T) {
	c := locked(t, lockable(external, nil))
	text := strings.Replace(*c.Options.Lock, "EXACT", "REGEX", 1)
	c.Options.Lock = &text
	_, err := Build(t.Context(), difftest.NewGateway(c))
	sources := errdefs.Sources(err)
	if err == nil || !strings.HasPrefix(err.Error(), "Dockerfile.lock:2: ") || len(sources) == 0 || sources[0].Info.Filename != "Dockerfile.lock" || sources[0].Ranges[0].Start.Line != 2 {
		t.Errorf("the error is %v, with %v", err, sources)
	}
	for _, request := range []string{"frontend.lock", "frontend.targets"} {
		if _, err := ask(t, c, request); err != nil {
			t.Errorf("%s: %v", request, err)
		}
	}
	empty := ""
	c.Options.Lock = &empty
	if _, err := Build(t.Context(), difftest.NewGateway(c)); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

// Each value of a build arg has an entry of its own, which stays when the lock is
// written for another value. What no arg leads to goes.
func TestLockForSeveralArgs(t *testing.T) {
	const dockerfile = "ARG V=1\nARG P=file\nFROM debian:$V\nARG P\nADD https://example.com/${P} /\n"
	c := locked(t, lockable(dockerfile, nil))
	c.Dockerfile = []byte("ARG V\nARG P=file\nFROM debian:${V:-1}\nARG P\nADD https://example.com/${P} /\n")
	c.Options.BuildArgs = map[string]string{"V": "2"}
	both := locked(t, c)
	for _, name := range []string{"debian:1\"", "debian:2\"", "example.com/file"} {
		if !strings.Contains(*both.Options.Lock, name) {
			t.Errorf("the lock lacks %s:\n%s", name, *both.Options.Lock)
		}
	}
	if res, err := ask(t, both, "frontend.lockcheck"); err != nil || len(res.Metadata["result.statuscode"]) > 0 {
		t.Errorf("an entry of another value counts: %v\n%s", err, res.Metadata["result.txt"])
	}
	both.Dockerfile = []byte("ARG P=file\nFROM debian:2\nARG P\nADD https://example.com/${P} /\n")
	if again := locked(t, both); strings.Contains(*again.Options.Lock, "debian:1") {
		t.Errorf("the lock keeps what is not used:\n%s", *again.Options.Lock)
	}
	res, err := ask(t, both, "frontend.lockcheck")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"unused   docker.io/library/debian:1 (Dockerfile.lock:2)"} {
		if !strings.Contains(string(res.Metadata["result.txt"]), want) {
			t.Errorf("the check lacks %q:\n%s", want, res.Metadata["result.txt"])
		}
	}
}

// Without a lock nothing else is asked for, and the graph's metadata is the same as
// that of the reference.
func TestTransferWithoutLock(t *testing.T) {
	for _, filename := range []string{"", "sub/web.Dockerfile"} {
		opts := map[string]string{"requestid": "frontend.convertllb"}
		if filename != "" {
			opts["filename"] = filename
		}
		c := caseOf("FROM busybox\nRUN true\n", maps.Clone(opts))
		got, err := Build(t.Context(), difftest.NewGateway(c))
		if err != nil {
			t.Fatal(err)
		}
		want, err := reference.Build(t.Context(), difftest.NewGateway(c))
		if err != nil {
			t.Fatal(err)
		}
		if diffs := answerDiffs(want, got); len(diffs) > 0 {
			t.Errorf("%q: %s", filename, strings.Join(diffs, "\n"))
		}
	}
}
