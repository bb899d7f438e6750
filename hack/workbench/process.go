package workbench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// service is a process that runs in the background, in a session of its own.
type service struct {
	name    string
	dir     string // holds its log
	program string
	args    []string // no other process has them
	env     []string // further variables
	healthy func(context.Context) error
}

func (s *service) logFile() string { return filepath.Join(s.dir, s.name+".log") }

// pids returns the running processes of this service. It finds them by the
// arguments that name the service's own folder: a pid file can be stale or lost,
// and its number can belong to another process by then.
func (s *service) pids() []int {
	return host.Processes("\x00" + strings.Join(s.args, "\x00") + "\x00")
}

// up starts the service unless it runs and answers. It restarts a process that runs
// but does not answer.
func (s *service) up(ctx context.Context) (started bool, err error) {
	if len(s.pids()) > 0 {
		if host.WaitReady(ctx, time.Minute, nil, s.healthy) == nil {
			return false, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err() // nobody waited for its answer
		}
		if err := s.down(); err != nil {
			return false, err
		}
	}
	exited, err := s.start()
	if err != nil {
		return false, err
	}
	if err := host.WaitReady(ctx, time.Minute, exited, s.healthy); err != nil {
		log, _ := os.ReadFile(s.logFile())
		_ = s.down()
		return false, fmt.Errorf("%s did not come up: %w; its log, %s, ends with:\n%s", s.name, err, s.logFile(), host.LastLines(string(log), 15))
	}
	return true, nil
}

// start runs the process; the channel is closed when it ends.
func (s *service) start() (<-chan struct{}, error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, err
	}
	log, err := os.Create(s.logFile())
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(s.program, s.args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.name, err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // reaps it, should it end before this process does
		close(exited)
	}()
	return exited, nil
}

// down asks the process to end, and ends it if it does not.
func (s *service) down() error { return host.End(s.name, s.pids) }
