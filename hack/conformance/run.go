package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Options select the tests to run and the output to keep.
type Options struct {
	// Run is a regular expression for the names of the test functions; empty
	// is all.
	Run string
	// Logs is the folder for the output of the tests that fail; empty is none.
	Logs string
}

// run runs the suite against the subject.
func (s *Suite) run(ctx context.Context, subject Subject, o Options) (*Outcome, error) {
	defer os.RemoveAll(s.temp())
	defer os.RemoveAll(s.mirror())
	if err := os.Mkdir(s.temp(), 0o755); err != nil {
		return nil, err
	}
	if err := s.makeMirror(ctx, s.mirror()); err != nil {
		return nil, err
	}
	printf("%s: running the suite ...", subject.Name)
	c := newCollector()
	if o.Logs != "" {
		c.logs = filepath.Join(o.Logs, subject.Name)
	}
	began := time.Now()
	err := s.exec(s.command(ctx, subject, o), c)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && len(c.outcome.Tests) == 0:
		return nil, fmt.Errorf("the suite did not run: %w\n%s", err, host.LastLines(c.stray.String(), 20))
	case err != nil && (strings.Contains(c.stray.String(), "\npanic: ") || len(c.output) > 0): // tests did not end
		return nil, fmt.Errorf("the suite ended before its end: %w\n%s", err, host.LastLines(c.stray.String(), 20))
	case errors.As(err, &exit): // as some tests have failed
	case err != nil:
		return nil, err
	case len(c.outcome.Tests) == 0:
		return nil, fmt.Errorf("no test of the suite has a name that matches %q", o.Run)
	}
	c.outcome.Took = time.Since(began)
	return c.outcome, nil
}

// networkTests makes the suite run tests that it would skip.
const networkTests = "BUILDKIT_RUN_NETWORK_INTEGRATION_TESTS=1"

// command returns the process of test2json, which runs the suite. Scratch.Close ends
// the processes that remain; if this process is killed, the watcher does.
func (s *Suite) command(ctx context.Context, subject Subject, o Options) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json", subject.binary,
		"-test.v=test2json", "-test.timeout=45m",
		"-test.outputdir="+s.temp(), // identifies processes that are left behind
		"-test.run="+rootTest+"/("+cmp.Or(o.Run, ".")+")/worker=oci/")
	cmd.Dir = s.source
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "BUILDKIT_") || strings.HasPrefix(v, "FRONTEND_") || strings.HasPrefix(v, "TEST_")
	})
	cmd.Env = append(cmd.Env, "TMPDIR="+s.temp(), "BUILDKIT_REGISTRY_MIRROR_DIR="+s.mirror(), networkTests, subject.frontend)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// exec runs the suite and reads its events.
func (s *Suite) exec(suite *exec.Cmd, c *collector) error {
	events, err := suite.StdoutPipe()
	if err != nil {
		return err
	}
	if err := suite.Start(); err != nil {
		return err
	}
	readErr := c.read(events)
	_, _ = io.Copy(io.Discard, events) // otherwise the suite blocks
	return errors.Join(readErr, suite.Wait())
}

func printf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "conformance: "+format+"\n", args...)
}
