package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Options select the tests to run and the output to show.
type Options struct {
	// Run is a regular expression for the names of the test functions; empty
	// is all.
	Run string
	// Logs is the folder for the output of the tests that fail; empty is none.
	Logs string
	// Verbose shows each test as it ends.
	Verbose bool
	// Expected is the expected outcome: other results are shown at once. It may be
	// nil.
	Expected *Outcome
}

// maxRetries is the largest number of failures that are run again. On a busy machine a
// test can miss a time limit by accident; more failures than this are not
// accidental.
const maxRetries = 12

// Run runs the suite against the subject. Unexpected failures are run again,
// separately.
func (s *Suite) Run(ctx context.Context, subject Subject, o Options) (*Outcome, error) {
	outcome, err := s.runOnce(ctx, subject, o)
	if err != nil {
		return nil, err
	}
	suspects := outcome.Names(Fail)
	if o.Expected != nil {
		suspects = nil
		for _, d := range Compare(o.Expected, outcome) {
			if d.Worse() {
				suspects = append(suspects, d.Name)
			}
		}
	}
	if len(suspects) == 0 || len(suspects) > maxRetries {
		return outcome, nil
	}
	s.printf("%s: running the %d that failed once more", subject.Name, len(suspects))
	o.Run = selectTests(suspects)
	second, err := s.runOnce(ctx, subject, o)
	if err != nil {
		return nil, err
	}
	outcome.addSecondRun(second)
	return outcome, nil
}

func (s *Suite) runOnce(ctx context.Context, subject Subject, o Options) (*Outcome, error) {
	defer os.RemoveAll(s.temp())
	defer os.RemoveAll(s.mirror())
	if err := os.Mkdir(s.temp(), 0o755); err != nil {
		return nil, err
	}
	if err := s.makeMirror(ctx, s.mirror()); err != nil {
		return nil, err
	}
	s.printf("%s: running the suite ...", subject.Name)
	c := newCollector(func(name string, v Verdict) { s.show(subject, o, name, v) })
	if o.Logs != "" {
		c.logs = filepath.Join(o.Logs, subject.Name)
	}
	err := s.exec(s.command(ctx, subject, o), c)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && len(c.outcome.Tests) == 0:
		return nil, fmt.Errorf("the suite did not run: %w\n%s", err, host.LastLines(c.stray.String(), 20))
	case err != nil && strings.Contains(c.stray.String(), "\npanic: "):
		return nil, fmt.Errorf("the suite ended before its end: %w\n%s", err, host.LastLines(c.stray.String(), 20))
	case errors.As(err, &exit): // as some tests have failed
	case err != nil:
		return nil, err
	case len(c.outcome.Tests) == 0:
		return nil, fmt.Errorf("no test of the suite has a name that matches %q", o.Run)
	}
	c.outcome.Took = time.Since(c.outcome.When)
	return c.outcome, nil
}

// show shows a test that has ended: every test if the options say so, otherwise
// those with an unexpected result.
func (s *Suite) show(subject Subject, o Options, name string, v Verdict) {
	note := ""
	if o.Expected != nil && o.Expected.Tests[name] != v {
		note = ", the reference: " + string(o.Expected.Tests[name])
	}
	if o.Verbose || note != "" {
		s.printf("%s: %s %s%s", subject.Name, v, name, note)
	}
}

// settings make the suite run tests that it would skip.
var settings = []string{"BUILDKIT_RUN_NETWORK_INTEGRATION_TESTS=1"}

// command returns the suite's process. It gets SIGTERM, even if this process is
// killed. Scratch.Close ends the processes that remain.
func (s *Suite) command(ctx context.Context, subject Subject, o Options) *exec.Cmd {
	run := o.Run
	if run == "" {
		run = "."
	}
	cmd := exec.CommandContext(ctx, subject.binary,
		"-test.v=test2json", "-test.timeout=45m",
		"-test.outputdir="+s.temp(), // identifies processes that are left behind
		"-test.run="+rootTest+"/("+run+")/worker=oci/")
	cmd.Dir = s.source
	cmd.Env = append(s.env(),
		"TMPDIR="+s.temp(),
		"BUILDKIT_REGISTRY_MIRROR_DIR="+s.mirror())
	cmd.Env = append(cmd.Env, settings...)
	cmd.Env = append(cmd.Env, subject.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// env returns this process's environment without variables that would change the
// suite.
func (s *Suite) env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "BUILDKIT_") || strings.HasPrefix(name, "FRONTEND_") || strings.HasPrefix(name, "TEST_") {
			continue
		}
		env = append(env, v)
	}
	return append(env, fmt.Sprintf("PATH=%s%c%s", s.bench.Dir("bin"), os.PathListSeparator, os.Getenv("PATH")))
}

// exec runs the suite, and parses its output with Go's own tool.
func (s *Suite) exec(suite *exec.Cmd, c *collector) error {
	// The kernel sends Pdeathsig when the thread that started the child ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	decode := exec.Command("go", "tool", "test2json")
	decode.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it ends when the suite does
	raw, rawIn, err := os.Pipe()
	if err != nil {
		return err
	}
	decode.Stdin = raw
	suite.Stdout, suite.Stderr = rawIn, rawIn
	events, err := decode.StdoutPipe()
	if err != nil {
		return err
	}
	if err := errors.Join(decode.Start(), suite.Start()); err != nil {
		rawIn.Close()
		return err
	}
	raw.Close()
	rawIn.Close()
	readErr := c.read(events)
	_, _ = io.Copy(io.Discard, events) // otherwise the suite blocks
	suiteErr := suite.Wait()
	return errors.Join(readErr, decode.Wait(), suiteErr)
}

func (s *Suite) printf(format string, args ...any) {
	fmt.Fprintf(s.log, "conformance: "+format+"\n", args...)
}
