package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// watcherEnv makes a program that imports this package act as the watcher of
// the workbench whose folder it names.
const watcherEnv = "STRATA_WORKBENCH_WATCH"

// The watcher is this same program, started once more: a test binary or the
// demo then needs no second program to be built just to be cleaned up after.
func init() {
	if root := os.Getenv(watcherEnv); root != "" {
		if err := watch(state{root: root}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func (s state) watcherMark() string { return s.path("watcher") }

// ensureWatcher starts the watcher if it is not there.
func (s state) ensureWatcher() error {
	if len(pidsWithArgs(s.watcherMark())) > 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(s.path("watcher.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(self, s.watcherMark())
	cmd.Env = append(os.Environ(), watcherEnv+"="+s.root)
	cmd.Dir = s.root
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the watcher: %w", err)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// endWatcher ends the watcher. Whoever calls it holds the lock, so that the
// watcher is not at work. A watcher that is the caller ends by itself.
func (s state) endWatcher() error {
	w := service{name: "watcher", dir: s.root, mark: []string{s.watcherMark()}}
	return w.down()
}

// watch waits until nobody uses the workbench any more and then ends what is
// not meant to stay.
func watch(s state) error {
	for {
		done, err := s.tidy(context.Background())
		if done || err != nil {
			return err
		}
		time.Sleep(time.Second)
	}
}

// tidy ends what nobody uses; done says that nothing is left to watch.
func (s state) tidy(ctx context.Context) (done bool, err error) {
	lock, err := s.lock(ctx, host.NewLogger(nil))
	if err != nil {
		return false, err
	}
	defer lock.Release()
	private, daemonsErr := s.endOrphans()
	scratch, scratchErr := s.endScratches()
	if err := errors.Join(daemonsErr, scratchErr); err != nil || private || scratch {
		return false, err
	}
	users, err := host.TryLock(s.usersLock(), syscall.LOCK_EX)
	if errors.Is(err, host.ErrLocked) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer users.Release()
	if s.persistent() {
		return true, nil
	}
	return true, s.stopAll()
}

// lock returns the lock that protects starting and ending the workbench's
// processes.
func (s state) lock(ctx context.Context, log host.Logger) (*host.FileLock, error) {
	return host.WaitLock(ctx, s.path("lock"), func() {
		log.Printf("waiting for another workbench command to finish ...")
	})
}

// usersLock is held, shared, by every process that uses the workbench.
func (s state) usersLock() string { return s.path("users.lock") }
