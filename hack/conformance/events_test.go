package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run has the events of a short run: a test with a part, a matrix, and a skip.
const run = `
{"Action":"run","Test":"TestIntegration"}
{"Action":"run","Test":"TestIntegration/TestA/worker=oci/frontend=gateway"}
{"Action":"run","Test":"TestIntegration/TestRunB/worker=oci/frontend=gateway/security.insecure=granted"}
{"Action":"run","Test":"TestIntegration/TestA/worker=oci/frontend=gateway/part#01"}
{"Action":"output","Test":"TestIntegration/TestA/worker=oci/frontend=gateway/part#01","Output":"    a_test.go:12: \n        \tError:      \tNot equal: \n        \t            \texpected: 1\n        \t            \tactual  : 2\n"}
{"Action":"fail","Test":"TestIntegration/TestA/worker=oci/frontend=gateway/part#01"}
{"Action":"fail","Test":"TestIntegration/TestA/worker=oci/frontend=gateway"}
{"Action":"output","Test":"TestIntegration/TestRunB/worker=oci/frontend=gateway/security.insecure=granted","Output":"    b_test.go:3: requires a device\n"}
{"Action":"output","Test":"TestIntegration/TestRunB/worker=oci/frontend=gateway/security.insecure=granted","Output":"--- SKIP: TestIntegration/TestRunB (0.00s)\n"}
{"Action":"skip","Test":"TestIntegration/TestRunB/worker=oci/frontend=gateway/security.insecure=granted"}
{"Action":"fail","Test":"TestIntegration"}
`

func TestCollect(t *testing.T) {
	logs := t.TempDir()
	c := newCollector()
	c.logs = logs
	if err := c.read(strings.NewReader(run)); err != nil {
		t.Fatal(err)
	}
	const a, b = "TestA", "TestRunB [security.insecure=granted]"
	if got := c.outcome.Tests; !maps.Equal(got, map[string]Verdict{a: Fail, b: Skip}) {
		t.Errorf("verdicts: %v", got)
	}
	if got := c.outcome.Reasons[a]; got != "Not equal: expected: 1, actual  : 2" {
		t.Errorf("the failure's reason: %q", got)
	}
	if got := c.outcome.Reasons[b]; got != "requires a device" {
		t.Errorf("the skip's reason: %q", got)
	}
	text, err := os.ReadFile(filepath.Join(logs, "TestA.log"))
	if err != nil || !strings.Contains(string(text), "a_test.go:12") {
		t.Errorf("the log of the failure does not hold what its part printed: %v\n%s", err, text)
	}
}

func TestDifferences(t *testing.T) {
	strata := &Outcome{Tests: map[string]Verdict{"Good": Pass, "Worse": Skip, "Other": Fail, "Both": Skip}}
	reference := &Outcome{Tests: map[string]Verdict{"Good": Fail, "Worse": Pass, "Other": Skip, "Both": Skip}}
	r := Report{Reference: reference, Strata: strata}
	if got := strings.Join(r.Worse(), " "); got != "Worse" {
		t.Errorf("worse than the reference: %s", got)
	}
	out := r.String()
	for _, want := range []string{
		"Strata passes 1 of 4 tests",
		"The reference passes 1 of the other 3",
		"Worse: reference pass, strata skip",
		"Other: reference skip, strata fail",
		"for both:\n  Both: no reason given",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
}
