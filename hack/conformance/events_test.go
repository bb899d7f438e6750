package conformance

import (
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
	var ended []string
	c := newCollector(func(name string, v Verdict) { ended = append(ended, name+" "+string(v)) })
	c.logs = logs
	if err := c.read(strings.NewReader(run)); err != nil {
		t.Fatal(err)
	}
	const a, b = "TestA", "TestRunB [security.insecure=granted]"
	if got := strings.Join(ended, ", "); got != a+" fail, "+b+" skip" {
		t.Errorf("tests that ended: %s", got)
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
	reference := &Outcome{Tests: map[string]Verdict{"Same": Pass, "Worse": Pass, "Better": Fail, "Gone": Pass}}
	strata := &Outcome{Tests: map[string]Verdict{"Same": Pass, "Worse": Skip, "Better": Pass}}
	r := Report{Reference: reference, Strata: strata}
	if got := strings.Join(r.Worse(), " "); got != "Gone Worse" {
		t.Errorf("worse than the reference: %s", got)
	}
	out := r.String()
	for _, want := range []string{
		"Better: reference fail, strata pass",
		"Gone: reference pass, strata does not have it",
		"Of the 3 tests that the reference passes here, Strata passes 1.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
}
