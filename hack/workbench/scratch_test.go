package workbench

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stratabuild/strata/hack/internal/host"
)

// orphan makes the folder of a process that has ended. It cannot be removed at first,
// because several mounts are on it, of which Close removes one. Only root can mount.
func orphan(t *testing.T, s state, mounts int) *Scratch {
	t.Helper()
	dir, err := os.MkdirTemp(scratchParent, "strata-test-")
	if err != nil {
		t.Fatal(err)
	}
	for range mounts {
		if err := syscall.Mount("none", dir, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for syscall.Unmount(dir, syscall.MNT_DETACH) == nil {
		}
		_ = os.RemoveAll(dir)
	})
	o := &Scratch{Dir: dir, state: s}
	if o.lock, err = host.WaitLock(t.Context(), o.lockFile(), nil); err != nil {
		t.Fatal(err)
	}
	if err := o.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	return o
}

// A folder that could not be removed is known until it is, and does not prevent that
// others are made and that unused processes are ended.
func TestOrphanIsTriedAgain(t *testing.T) {
	s := state{root: t.TempDir()}
	t.Cleanup(func() { _ = s.watcher().down() })
	o := orphan(t, s, 4)
	if _, err := s.endOrphans(); err == nil || !host.FileExists(o.lockFile()) {
		t.Fatalf("the folder is not known any more: %v", err)
	}
	made, err := (&Env{state: s}).newScratch(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	// The watcher would do what the test does.
	if err := errors.Join(s.watcher().down(), made.Close()); err != nil {
		t.Fatal(err)
	}
	registry := s.registryService("/bin/sh", "")
	registry.args = append([]string{"-c", "while :; do sleep 0.1; done"}, registry.args...)
	registry.healthy = func(context.Context) error { return nil }
	if _, err := registry.up(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		done, err := s.tidy(t.Context())
		if pids := registry.pids(); len(pids) > 0 {
			t.Fatalf("the registry runs: %d", pids)
		}
		if done != (err == nil) || n > 4 {
			t.Fatalf("done %v: %v", done, err)
		}
		if done {
			break
		}
	}
	if host.FileExists(o.Dir) || host.FileExists(o.lockFile()) {
		t.Error("the folder is still there")
	}
}
