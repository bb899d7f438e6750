package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// FileLock is an advisory lock that the kernel releases when the process ends, for
// any reason.
type FileLock struct{ file *os.File }

// ErrLocked means that another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// TryLock takes the lock at path at once, or fails with ErrLocked. how is
// syscall.LOCK_EX or syscall.LOCK_SH.
func TryLock(path string, how int) (*FileLock, error) {
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
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &FileLock{file: f}, nil
}

// WaitLock takes the exclusive lock at path. It calls waiting once if the lock is
// not free.
func WaitLock(ctx context.Context, path string, waiting func()) (*FileLock, error) {
	for first := true; ; first = false {
		l, err := TryLock(path, syscall.LOCK_EX)
		if !errors.Is(err, ErrLocked) {
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

// Release releases the lock. It does nothing if the lock is nil or already
// released.
func (l *FileLock) Release() {
	if l != nil && l.file != nil {
		l.file.Close()
		l.file = nil
	}
}
