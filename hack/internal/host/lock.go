package host

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// WaitLock takes the exclusive lock of a file. It calls waiting, which may be nil, if
// the lock is not free. The kernel releases the lock when the process ends, for any
// reason.
func WaitLock(ctx context.Context, path string, waiting func()) (*flock.Flock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	taken, err := lock.TryLock()
	if err == nil && !taken {
		if waiting != nil {
			waiting()
		}
		_, err = lock.TryLockContext(ctx, 100*time.Millisecond)
	}
	return lock, err
}
