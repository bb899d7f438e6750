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

// Options say what to run and what to show of it.
type Options struct {
	// Run is a regular expression for the names of the test functions; empty
	// is all.
	Run string
	// Logs is the folder for the output of the tests that fail; empty is none.
	Logs string
	// Verbose shows each test as it ends.
	Verbose bool
	// Expected is how the tests should end: what ends otherwise is shown at
	// once. It may be nil.
	Expected *Outcome
}

// retried is how many failures are run once more. On a busy machine a time
// limit can be missed by accident; a larger number is no accident.
const retried = 12

// Run runs the suite against the subject. Tests that fail and should not are
// run once more, by themselves.
func (s *Suite) Run(ctx context.Context, subject Subject, o Options) (*Outcome, error) {
	outcome, err := s.once(ctx, subject, o)
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
	if len(suspects) == 0 || len(suspects) > retried {
		return outcome, nil
	}
	s.printf("%s: running the %d that failed once more", subject.Name, len(suspects))
	o.Run = choose(suspects)
	second, err := s.once(ctx, subject, o)
	if err != nil {
		return nil, err
	}
	outcome.again(second)
	return outcome, nil
}

func (s *Suite) once(ctx context.Context, subject Subject, o Options) (*Outcome, error) {
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
	case errors.As(err, &exit): // as some tests have failed
	case err != nil:
		return nil, err
	case len(c.outcome.Tests) == 0:
		return nil, fmt.Errorf("no test of the suite has a name that matches %q", o.Run)
	}
	c.outcome.Took = time.Since(c.outcome.When)
	return c.outcome, nil
}

// show shows a test that has ended: all where that is asked for, otherwise those
// that end in another way than expected.
func (s *Suite) show(subject Subject, o Options, name string, v Verdict) {
	note := ""
	if o.Expected != nil && o.Expected.Tests[name] != v {
		note = ", the reference: " + string(o.Expected.Tests[name])
	}
	if o.Verbose || note != "" {
		s.printf("%s: %s %s%s", subject.Name, v, name, note)
	}
}

// settings make the suite run what it would leave out.
var settings = []string{"BUILDKIT_RUN_NETWORK_INTEGRATION_TESTS=1"}

// command is the suite's process. It is told to end by SIGTERM, also if this
// process is killed. What it does not end in time is ended by Scratch.Close.
func (s *Suite) command(ctx context.Context, subject Subject, o Options) *exec.Cmd {
	run := o.Run
	if run == "" {
		run = "."
	}
	cmd := exec.CommandContext(ctx, subject.binary,
		"-test.v=test2json", "-test.timeout=45m",
		"-test.outputdir="+s.temp(), // by this it is found if it is left behind
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

// env is this process's environment without what would change the suite.
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

// exec runs the suite, with Go's own tool to tell its output apart.
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
	_, _ = io.Copy(io.Discard, events) // else the suite blocks
	suiteErr := suite.Wait()
	return errors.Join(readErr, decode.Wait(), suiteErr)
}

func (s *Suite) printf(format string, args ...any) {
	fmt.Fprintf(s.log, "conformance: "+format+"\n", args...)
}
