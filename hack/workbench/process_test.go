package workbench

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// sleeper returns a service of a process that only waits, for input that never comes. It
// starts no other programs: until they run, these have its arguments. The test ends it.
func sleeper(t *testing.T, healthy func(context.Context) error) *service {
	input := filepath.Join(t.TempDir(), "input")
	if err := syscall.Mkfifo(input, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &service{
		name: "sleeper", dir: t.TempDir(), program: "/bin/sh",
		args: []string{"-c", `read line <>"$0"`, input}, healthy: healthy,
	}
	t.Cleanup(func() {
		if err := s.down(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A service that answers is started once. One that does not is started again, except
// if the caller does not wait for the answer.
func TestServiceUp(t *testing.T) {
	var answer error
	s := sleeper(t, func(ctx context.Context) error { return errors.Join(answer, ctx.Err()) })
	if started, err := s.up(t.Context()); err != nil || !started {
		t.Fatalf("started %v: %v", started, err)
	}
	first := s.pids()
	if started, err := s.up(t.Context()); err != nil || started {
		t.Errorf("started again %v: %v", started, err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.up(interrupted); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if got := s.pids(); !slices.Equal(got, first) {
		t.Errorf("the processes %d became %d", first, got)
	}
}
