package workbench

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/gofrs/flock"

	"github.com/stratabuild/strata/hack/internal/host"
)

// watcherEnv makes a program that imports this package run as the watcher of the
// workbench in the named folder.
const watcherEnv = "STRATA_WORKBENCH_WATCH"

// The watcher is a second process of the same program, so that a test binary or the
// demo needs no second program.
func init() {
	if root := os.Getenv(watcherEnv); root != "" {
		watch(state{root: root})
		os.Exit(0)
	}
}

func (s state) watcher() *service {
	return &service{
		name:    "watcher",
		dir:     s.root,
		program: "/proc/self/exe",
		args:    []string{s.path("watcher")},
		env:     []string{watcherEnv + "=" + s.root},
	}
}

// ensureWatcher starts the watcher if it is not there.
func (s state) ensureWatcher() error {
	if len(s.watcher().pids()) > 0 {
		return nil
	}
	_, err := s.watcher().start()
	return err
}

// watch waits until no process uses the workbench any more and then ends the
// processes that should not stay. After a failure, which it prints once, it tries again.
func watch(s state) {
	failure := ""
	for {
		done, err := s.tidy(context.Background())
		if done {
			return
		}
		if err != nil && err.Error() != failure {
			failure = err.Error()
			host.Printf("%s", failure)
		}
		time.Sleep(time.Second)
	}
}

// tidy ends unused processes, as many as it can. done is set if there is nothing left to
// watch.
func (s state) tidy(ctx context.Context) (done bool, err error) {
	lock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer lock.Unlock()
	inUse, orphans := s.endOrphans()
	if inUse {
		return false, orphans
	}
	users := flock.New(s.usersLock())
	if unused, err := users.TryLock(); err != nil || !unused {
		return false, errors.Join(orphans, err)
	}
	defer users.Unlock()
	if s.persistent() {
		return orphans == nil, orphans
	}
	err = s.stopAll() // which tries to end the orphans again
	return err == nil, err
}

// lock returns the lock that protects starting and ending the workbench's
// processes.
func (s state) lock(ctx context.Context) (*flock.Flock, error) {
	return host.WaitLock(ctx, s.path("lock"), func() {
		host.Printf("waiting for another workbench command to finish ...")
	})
}

// usersLock is held, shared, by every process that uses the workbench.
func (s state) usersLock() string { return s.path("users.lock") }
