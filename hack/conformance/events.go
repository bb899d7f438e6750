package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
)

// rootTest is the test function that contains all tests of the suite.
const rootTest = "TestIntegration"

// event is one line of test2json.
type event struct {
	Action string
	Test   string
	Output string
}

// collector computes an outcome from the events of a run.
type collector struct {
	outcome *Outcome
	// output has the output of each running test and its parts.
	output map[string]*strings.Builder
	// stray is the output outside of all tests.
	stray strings.Builder
	// logs is the folder for the output of failed tests; empty for none.
	logs string
}

func newCollector() *collector {
	outcome := &Outcome{Tests: map[string]Verdict{}, Reasons: map[string]string{}}
	return &collector{outcome: outcome, output: map[string]*strings.Builder{}}
}

func (c *collector) read(r io.Reader) error {
	for d := json.NewDecoder(r); ; {
		var e event
		if err := d.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the suite's events: %w", err)
		}
		if err := c.add(e); err != nil {
			return err
		}
	}
}

func (c *collector) add(e event) error {
	if e.Test == "" || e.Test == rootTest {
		if e.Action == "output" {
			c.stray.WriteString(e.Output)
		}
		return nil
	}
	test := c.wholeTest(e.Test)
	switch e.Action {
	case "run":
		if test == e.Test {
			c.output[test] = &strings.Builder{}
		}
	case "output":
		if b := c.output[test]; b != nil {
			b.WriteString(e.Output)
		}
	case "pass", "skip", "fail":
		if test == e.Test {
			return c.end(test, Verdict(e.Action))
		}
	}
	return nil
}

// wholeTest returns the test that a part belongs to, or the name itself. The name of a
// test has slashes, because it contains the values of the matrix.
func (c *collector) wholeTest(name string) string {
	for i := len(rootTest) + 1; i < len(name); i++ {
		if name[i] == '/' && c.output[name[:i]] != nil {
			return name[:i]
		}
	}
	return name
}

func (c *collector) end(name string, v Verdict) error {
	short, text := shortName(name), c.output[name].String()
	delete(c.output, name)
	c.outcome.Tests[short] = v
	var err error
	if v != Pass {
		c.outcome.Reasons[short] = reason(text)
	}
	if v == Fail && c.logs != "" {
		err = host.WriteFile(filepath.Join(c.logs, short+".log"), []byte(text), 0o644)
	}
	return err
}

var (
	skipped = regexp.MustCompile(`(?m)^\s+\w+\.go:\d+: (.+)\n--- SKIP`)
	failed  = regexp.MustCompile(`(?m)^\s+Error:\s+(.+)\n\s+(\S.*)\n\s+(\S.*)`)
)

// reason returns the line of a test's output that says why it did not pass.
func reason(text string) string {
	if m := skipped.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	m := failed.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	why, first, second := strings.TrimSpace(m[1]), m[2], m[3]
	switch why {
	case "Not equal:": // the two values follow
		why += " " + first + ", " + second
	case "Received unexpected error:":
		why = first
	}
	if len(why) > 200 {
		why = why[:200] + " ..."
	}
	return why
}
