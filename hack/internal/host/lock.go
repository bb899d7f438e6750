package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// FileLock is an advisory lock that the kernel releases when the process ends, for
// any reason.
type FileLock struct{ lock *flock.Flock }

// ErrLocked means that another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// TryLock takes the lock at path at once, or fails with ErrLocked. how is
// syscall.LOCK_EX or syscall.LOCK_SH.
func TryLock(path string, how int) (*FileLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	try := lock.TryLock
	if how == syscall.LOCK_SH {
		try = lock.TryRLock
	}
	taken, err := try()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !taken {
		return nil, ErrLocked
	}
	return &FileLock{lock}, nil
}

// WaitLock takes the exclusive lock at path. It calls waiting once if the lock is
// not free.
func WaitLock(ctx context.Context, path string, waiting func()) (*FileLock, error) {
	l, err := TryLock(path, syscall.LOCK_EX)
	if !errors.Is(err, ErrLocked) {
		return l, err
	}
	if waiting != nil {
		waiting()
	}
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, err
	}
	return &FileLock{lock}, nil
}

// Release releases the lock. It does nothing if the lock is nil or already
// released.
func (l *FileLock) Release() {
	if l != nil {
		_ = l.lock.Unlock()
	}
}
