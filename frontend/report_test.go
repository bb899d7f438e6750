package frontend

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
	"github.com/stratabuild/strata/llbconv/diag"
)

// sourceLines returns the lines that the client shows for an error.
func sourceLines(err error) []int32 {
	var lines []int32
	for _, s := range errdefs.Sources(err) {
		lines = append(lines, s.Ranges[0].Start.Line)
	}
	slices.Sort(lines)
	return lines
}

func TestEveryErrorShowsItsSource(t *testing.T) {
	for name, c := range map[string]struct {
		dockerfile string
		opts       map[string]string
		lines      []int32
	}{
		"syntax":            {"FROM busybox\nRUNN a\nWORKDIR\nCOPY a\n", nil, []int32{2, 3, 4}},
		"images":            {"FROM no/such AS a\nFROM no/other\nCOPY --from=a / /\n", nil, []int32{1, 2}},
		"instructions":      {"FROM busybox\nEXPOSE x\nRUN true\nSTOPSIGNAL none\n", nil, []int32{2, 4}},
		"a circle":          {"FROM busybox AS a\nCOPY --from=b / /\nFROM busybox AS b\nCOPY --from=a / /\n", nil, []int32{2, 4}},
		"several platforms": {"FROM busybox\nEXPOSE x\nSTOPSIGNAL none\n", map[string]string{"platform": "linux/amd64,linux/arm64"}, []int32{2, 3}},
		"a target":          {"FROM busybox\n", map[string]string{"target": "x"}, nil},
	} {
		_, err := Build(t.Context(), difftest.NewGateway(caseOf(c.dockerfile, c.opts)))
		if got := sourceLines(err); err == nil || !slices.Equal(got, c.lines) {
			t.Errorf("%s: shows lines %v, want %v:\n%v", name, got, c.lines, err)
		}
		var many *diag.Errors
		if !errors.As(err, &many) {
			t.Errorf("%s: the diagnostics cannot be reached: %v", name, err)
		}
		for _, s := range errdefs.Sources(err) {
			if s.Info.Filename != "Dockerfile" || string(s.Info.Data) != c.dockerfile {
				t.Errorf("%s: shows %s", name, s.Info.Filename)
			}
		}
	}
}

// An invalid ignore file is shown like an invalid Dockerfile, and named in a
// lint result.
func TestBrokenIgnoreFile(t *testing.T) {
	const broken = "\ufeff# comment\n\nfile\n  [a-  \n!\n"
	for name, c := range map[string]difftest.Case{
		".dockerignore":           {Dockerignore: []byte(broken)},
		"Dockerfile.dockerignore": {OwnIgnore: []byte(broken), Dockerignore: []byte("file\n")},
	} {
		c.Dockerfile = []byte("FROM busybox\nCOPY . .\n")
		_, err := Build(t.Context(), difftest.NewGateway(c))
		if lines := sourceLines(err); !slices.Equal(lines, []int32{4, 5}) {
			t.Errorf("%s: shows lines %v: %v", name, lines, err)
		}
		for _, s := range errdefs.Sources(err) {
			if s.Info.Filename != name || string(s.Info.Data) != broken {
				t.Errorf("%s: shows %s", name, s.Info.Filename)
			}
		}
		want := name + `:4: invalid pattern "[a-": syntax error in pattern (a [ needs characters and a ]; write \[ for the character itself)
` + name + `:5: invalid pattern "!": illegal exclusion pattern: "!" (write the files to send after the !)`
		if err == nil || err.Error() != want {
			t.Errorf("%s: the error is\n%v\nnot\n%s", name, err, want)
		}
		res, err := ask(t, c, "frontend.lint")
		if err != nil || !strings.Contains(string(res.Metadata["result.json"]), `"message": "`+name+":4: invalid pattern") {
			t.Errorf("%s: the lint result does not name the line (%v)", name, err)
		}
	}
}

// warnings lists the warnings that the gateway got, sorted.
func warnings(gw *difftest.Gateway) []string {
	var out []string
	for _, w := range gw.Warnings() {
		line := int32(0) // of what is not about a line
		if len(w.Opts.Range) > 0 {
			line = w.Opts.Range[0].Start.Line
		}
		out = append(out, fmt.Sprint(line, " ", w.Message))
	}
	slices.Sort(out)
	return out
}

// A build for several platforms sends the warnings of the first one, each once.
func TestWarningsOfSeveralPlatforms(t *testing.T) {
	const (
		dockerfile = "FROM test/arm64-only\nARG TARGETARCH\nWORKDIR ${TARGETARCH%amd64}/x\nWORKDIR /$nothing\n"
		ofAMD64    = "1 InvalidBaseImagePlatform: "
		ofARM64    = "3 WorkdirRelativePath: "
		ofAll      = "4 UndefinedVar: "
	)
	for platforms, want := range map[string][]string{
		"":                                      {ofAMD64, ofAll},
		"linux/amd64":                           {ofAMD64, ofAll},
		"linux/arm64":                           {ofARM64, ofAll},
		"linux/amd64,linux/arm64,linux/riscv64": {ofAMD64, ofAll},
		"linux/arm64,linux/amd64":               {ofARM64, ofAll},
	} {
		c := caseOf(dockerfile, map[string]string{"platform": platforms})
		gw := difftest.NewGateway(c)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		got := warnings(gw)
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("%s: warnings %q, want %q", platforms, got, want)
		}
		if difftest.RaceEnabled {
			continue // the reference races
		}
		want := difftest.NewGateway(c)
		if _, err := reference.Build(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if as := warnings(want); !slices.Equal(got, as) {
			t.Errorf("%s: warnings %q, the reference's are %q", platforms, got, as)
		}
	}
}

// With a check option and several platforms, the reference's conversions write
// to one map. The race detector would find that here.
func TestPlatformsWithCheckOption(t *testing.T) {
	var platforms []string
	for _, arch := range []string{"amd64", "arm64", "arm/v7", "riscv64", "ppc64le", "s390x"} {
		platforms = append(platforms, "linux/"+arch)
	}
	c := caseOf("FROM busybox\nCMD serve\nWORKDIR /$a\nWORKDIR /$b\nARG TARGETARCH\nWORKDIR /${TARGETARCH}$c\n", map[string]string{
		"platform":                            strings.Join(platforms, ","),
		"build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=JSONArgsRecommended",
	})
	for range 20 {
		gw := difftest.NewGateway(c)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"3 UndefinedVar: Usage of undefined variable '$a' (line 3)",
			"4 UndefinedVar: Usage of undefined variable '$b' (line 4)",
			"6 UndefinedVar: Usage of undefined variable '$c' (line 6)",
		}
		if got := warnings(gw); !slices.Equal(got, want) {
			t.Fatalf("warnings %q, want %q", got, want)
		}
	}
}

// If a check option turns warnings into errors, the build of every platform
// fails, after each warning was sent.
func TestCheckErrorWithSeveralPlatforms(t *testing.T) {
	gw := difftest.NewGateway(caseOf("FROM busybox\nCMD serve\nWORKDIR /$a\n", map[string]string{
		"platform":                            "linux/amd64,linux/arm64",
		"build-arg:BUILDKIT_DOCKERFILE_CHECK": "error=true",
	}))
	_, err := Build(t.Context(), gw)
	if err == nil || !strings.Contains(err.Error(), "JSONArgsRecommended, UndefinedVar") {
		t.Errorf("error %v", err)
	}
	if got := warnings(gw); len(got) != 2 {
		t.Errorf("warnings %q", got)
	}
}

// Strata's own warnings are filtered like BuildKit's: by the check options of
// the file, of the comment above and of the client. Only those of one platform
// are sent.
func TestOwnWarningsAreFiltered(t *testing.T) {
	const (
		link   = "COPY --link --chmod=755 a /\n"
		plain  = "FROM busybox\n" + link
		inFile = "# check=skip=LinkIgnored\n" + plain
		above  = "FROM busybox\n# check=skip=LinkIgnored\n" + link
	)
	both := map[string]string{"platform": "linux/amd64,linux/arm64"}
	option := func(value string) map[string]string {
		return map[string]string{"platform": both["platform"], "build-arg:BUILDKIT_DOCKERFILE_CHECK": value}
	}
	many := difftest.Case{Dockerfile: []byte("FROM busybox\nCOPY . .\n"), Dockerignore: []byte(strings.Repeat("0123456789/a\n", 20000))}
	for name, c := range map[string]struct {
		in   difftest.Case
		want int
	}{
		"a platform":              {caseOf(plain, nil), 1},
		"two platforms":           {caseOf(plain, both), 1},
		"skipped in the file":     {caseOf(inFile, both), 0},
		"all skipped":             {caseOf("# check=skip=all\n"+plain, both), 0},
		"skipped above":           {caseOf(above, both), 0},
		"skipped by the client":   {caseOf(plain, option("skip=LinkIgnored")), 0},
		"another skipped":         {caseOf(plain, option("skip=StageNameCasing")), 1},
		"the client's goes first": {caseOf(inFile, option("skip=StageNameCasing")), 1},
		"of the ignore file":      {many, 1},
	} {
		gw := difftest.NewGateway(c.in)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := warnings(gw); len(got) != c.want {
			t.Errorf("%s: %d warnings, want %d: %q", name, len(got), c.want, got)
		}
	}
}
