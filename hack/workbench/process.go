package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// service is a process that runs in the background, in a session of its own.
type service struct {
	name    string
	dir     string   // holds its log and pid file
	argv    []string // what to run
	mark    []string // successive arguments that no other process has
	ready   time.Duration
	healthy func(context.Context) error
}

func (s *service) logFile() string { return filepath.Join(s.dir, s.name+".log") }
func (s *service) pidFile() string { return filepath.Join(s.dir, s.name+".pid") }

// pids are the running processes of this service. They are found by the
// arguments that name the service's own folder: a pid file can be stale or
// lost, and its number can meanwhile belong to somebody else's process.
func (s *service) pids() []int { return pidsWithArgs(s.mark...) }

func pidsWithArgs(args ...string) []int {
	mark := []byte("\x00" + strings.Join(args, "\x00") + "\x00")
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		cmdline, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil {
			continue // it has just ended
		}
		if bytes.Contains(cmdline, mark) {
			found = append(found, pid)
		}
	}
	return found
}

// up starts the service unless it runs and answers. A process that runs but
// does not answer is ended and started anew.
func (s *service) up(ctx context.Context) (started bool, err error) {
	if len(s.pids()) > 0 {
		if s.waitHealthy(ctx, 10*time.Second, nil) == nil {
			return false, nil
		}
		if err := s.down(); err != nil {
			return false, err
		}
	}
	exited, err := s.start()
	if err != nil {
		return false, err
	}
	if err := s.waitHealthy(ctx, s.ready, exited); err != nil {
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
	cmd := exec.Command(s.argv[0], s.argv[1:]...)
	cmd.Dir = s.dir
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
	return exited, os.WriteFile(s.pidFile(), fmt.Appendln(nil, cmd.Process.Pid), 0o644)
}

func (s *service) waitHealthy(ctx context.Context, limit time.Duration, exited <-chan struct{}) error {
	deadline := time.Now().Add(limit)
	for {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := s.healthy(try)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer after %s: %w", limit, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-exited:
			return errors.New("it ended at once")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// down asks the process to end, and ends it if it does not.
func (s *service) down() error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, 10 * time.Second}, {syscall.SIGKILL, 10 * time.Second}} {
		for _, pid := range s.pids() {
			_ = syscall.Kill(pid, step.signal)
		}
		if s.waitGone(step.wait) {
			_ = os.Remove(s.pidFile())
			return nil
		}
	}
	return fmt.Errorf("%s (process %v) does not end, not even by SIGKILL", s.name, s.pids())
}

func (s *service) waitGone(limit time.Duration) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		if len(s.pids()) == 0 {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
