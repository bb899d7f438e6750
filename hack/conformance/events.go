package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"time"

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
	// output has the output of each test, or part of a test.
	output map[string]*strings.Builder
	// stray is the output outside of all tests.
	stray strings.Builder
	// ended is called for each test that ends.
	ended func(name string, v Verdict)
	// logs is the folder for the output of failed tests; empty for none.
	logs string
}

func newCollector(ended func(name string, v Verdict)) *collector {
	outcome := &Outcome{Tests: map[string]Verdict{}, Reasons: map[string]string{}, When: time.Now()}
	return &collector{outcome: outcome, output: map[string]*strings.Builder{}, ended: ended}
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
	switch e.Action {
	case "run":
		c.output[e.Test] = &strings.Builder{}
	case "output":
		if b := c.output[e.Test]; b != nil {
			b.WriteString(e.Output)
		}
	case "pass", "skip", "fail":
		return c.end(e.Test, Verdict(e.Action))
	}
	return nil
}

// isWholeTest reports whether a name is that of a whole test, not of a part: it contains
// the values of the matrix, and its only parent is the root.
func (c *collector) isWholeTest(name string) bool {
	for i := len(rootTest) + 1; i < len(name); i++ {
		if name[i] == '/' && c.output[name[:i]] != nil {
			return false
		}
	}
	return true
}

func (c *collector) end(name string, v Verdict) error {
	if !c.isWholeTest(name) {
		return nil // its output is shown with the whole test's
	}
	short := shortName(name)
	c.outcome.Tests[short] = v
	text := c.takeOutput(name)
	var err error
	if v != Pass {
		c.outcome.Reasons[short] = reason(text)
	}
	if v == Fail && c.logs != "" {
		err = host.WriteFile(filepath.Join(c.logs, short+".log"), []byte(text), 0o644)
	}
	c.ended(short, v)
	return err
}

// takeOutput removes and returns the output of a test and its parts.
func (c *collector) takeOutput(name string) string {
	text := c.output[name].String()
	for part, b := range c.output {
		if strings.HasPrefix(part, name+"/") {
			text += b.String()
			delete(c.output, part)
		}
	}
	delete(c.output, name)
	return text
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
