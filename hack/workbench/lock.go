package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fileLock is an advisory lock that the kernel lets go of when the process
// ends, however it ends.
type fileLock struct{ file *os.File }

// errLocked says that somebody else holds the lock.
var errLocked = errors.New("locked by another process")

// tryLock takes the lock at path at once, or fails with errLocked.
// how is syscall.LOCK_EX or syscall.LOCK_SH.
func tryLock(path string, how int) (*fileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &fileLock{file: f}, nil
}

// waitLock takes the exclusive lock at path, calling waiting once if it cannot
// be had at once.
func waitLock(ctx context.Context, path string, waiting func()) (*fileLock, error) {
	for first := true; ; first = false {
		l, err := tryLock(path, syscall.LOCK_EX)
		if !errors.Is(err, errLocked) {
			return l, err
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// release lets the lock go; releasing twice, or releasing nil, does nothing.
func (l *fileLock) release() {
	if l != nil && l.file != nil {
		l.file.Close()
		l.file = nil
	}
}
