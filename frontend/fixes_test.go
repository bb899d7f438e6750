package frontend

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

const toFix = `# a build
FROM busybox as Build
# the path
WORKDIR app
ENV key a value

from scratch
COPY --from=Build /app /
CMD a
`

const fixedDiff = `--- a/Dockerfile
+++ b/Dockerfile
@@ -1,9 +1,9 @@
 # a build
-FROM busybox as Build
+FROM busybox AS build
 # the path
-WORKDIR app
-ENV key a value
+WORKDIR /app
+ENV key="a value"
 
-from scratch
+FROM scratch
 COPY --from=Build /app /
 CMD a
`

// fixOf asks for the fixes of a Dockerfile.
func fixOf(t *testing.T, c difftest.Case) (answer fixAnswer, diff string) {
	t.Helper()
	res, err := ask(t, c, "frontend.fix")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(res.Metadata["result.json"], &answer); err != nil {
		t.Fatal(err)
	}
	if status, ok := res.Metadata["result.statuscode"]; ok {
		t.Errorf("status %s", status)
	}
	diff = string(res.Metadata["result.txt"])
	if diff != answer.Diff {
		t.Errorf("printed\n%s\nin JSON\n%s", diff, answer.Diff)
	}
	return answer, diff
}

func (a fixAnswer) codes() (codes []string) {
	for _, f := range a.Fixed {
		codes = append(codes, f.Code)
	}
	return codes
}

func TestFix(t *testing.T) {
	answer, diff := fixOf(t, caseOf(toFix, nil))
	if diff != fixedDiff {
		t.Errorf("got\n%s\nwant\n%s", diff, fixedDiff)
	}
	want := []string{"StageNameCasing", "WorkdirRelativePath", "LegacyKeyValueFormat", "ConsistentInstructionCasing", "FromAsCasing"}
	if got := answer.codes(); !slices.Equal(got, want) {
		t.Errorf("fixed %q, want %q", got, want)
	}
	if len(answer.Edits) != 3 || answer.Edits[0].Text != "FROM busybox AS build\n" || answer.Edits[0].Range.Start.Line != 2 || answer.Edits[0].Range.End.Line != 3 {
		t.Errorf("edits %+v", answer.Edits)
	}
}

// A file with nothing to fix gives nothing, even if all that could be fixed is
// skipped.
func TestNothingToFix(t *testing.T) {
	for name, text := range map[string]string{
		"clean":            "FROM busybox\nRUN a\n",
		"no safe fix":      "FROM busybox\nCMD a\n",
		"skipped all":      "# check=skip=all\nFROM busybox AS Build\nWORKDIR a\n",
		"skipped rule":     "# check=skip=StageNameCasing,WorkdirRelativePath\nFROM busybox AS Build\nWORKDIR a\n",
		"skipped in place": "# check=skip=StageNameCasing\nFROM busybox AS Build\n",
		"clean as errors":  "# check=error=true\nFROM busybox\n",
	} {
		answer, diff := fixOf(t, caseOf(text, nil))
		if diff != "" || len(answer.Edits) > 0 || len(answer.Fixed) > 0 || answer.Edits == nil {
			t.Errorf("%s: %+v", name, answer)
		}
	}
}

// Warnings that fail a build are fixed like others.
func TestFixWarningsThatAreErrors(t *testing.T) {
	if _, diff := fixOf(t, caseOf("# check=error=true\nFROM busybox AS Build\n", nil)); !strings.Contains(diff, "+FROM busybox AS build") {
		t.Errorf("%s", diff)
	}
}

// The client's checks go before the file's.
func TestFixWithChecksOfTheClient(t *testing.T) {
	opts := map[string]string{"build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=StageNameCasing;error=true"}
	if _, diff := fixOf(t, caseOf("FROM busybox AS Build\nWORKDIR a\n", opts)); strings.Contains(diff, "AS build") || !strings.Contains(diff, "+WORKDIR /a") {
		t.Errorf("%s", diff)
	}
}

func TestFixSpelling(t *testing.T) {
	const flags, comments = "FROM busybox AS Build\nRUN --cache-ttl=1w a\n", "FROM busybox AS Build\n# strata=cache-ttl=1w\nRUN a\n"
	for _, c := range []struct{ spelling, text, want string }{
		{"comments", flags, "-RUN --cache-ttl=1w a\n+# strata=cache-ttl=1w\n+RUN a\n"},
		{"flags", comments, "-# strata=cache-ttl=1w\n-RUN a\n+RUN --cache-ttl=1w a\n"},
	} {
		_, diff := fixOf(t, caseOf(c.text, map[string]string{"build-arg:" + spellingArg: c.spelling}))
		if !strings.HasSuffix(diff, " FROM busybox AS Build\n"+c.want) {
			t.Errorf("%s:\n%s", c.spelling, diff)
		}
	}
}

func TestFixErrors(t *testing.T) {
	for _, c := range []struct {
		text     string
		spelling string
		want     string
	}{
		{"FROM busybox\n", "both", "invalid build arg STRATA_FIX=both (the values are comments and flags)"},
		{"FROM busybox\nRUNN a\n", "", "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)"},
		{"FROM busybox\nRUN --cache-tll=1w a\n", "comments", "dockerfile parse error on line 2: unknown flag: --cache-tll (did you mean cache-ttl?)"},
		{"FROM busybox\nCOPY --from=nothing:: a /\n", "", "nothing::"},
		{"# check=x\nFROM busybox\n", "", `invalid check option "x"`},
	} {
		opts := map[string]string{"build-arg:" + spellingArg: c.spelling}
		if _, err := ask(t, caseOf(c.text, opts), "frontend.fix"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}
