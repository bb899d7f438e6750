package workbench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/containerd/go-runc"
	"github.com/moby/sys/mountinfo"

	"github.com/stratabuild/strata/hack/internal/host"
)

// daemonIDs returns the daemons that have a folder, running or not.
func (s state) daemonIDs() []string {
	entries, err := os.ReadDir(s.path("daemons"))
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids
}

// endDaemon ends the daemon and removes its remaining processes and mounts.
func (s state) endDaemon(id string, remove bool) error {
	d := &Daemon{state: s, id: id}
	if err := d.service().down(); err != nil {
		return err
	}
	s.cleanDaemon(id)
	if !remove {
		return nil
	}
	return s.remove(s.daemon(id))
}

// remove removes a folder of a daemon, which can be a mount. It moves the folder away first, because another
// process that looks for orphans could otherwise create files in it.
func (s state) remove(dir string) error {
	_ = syscall.Unmount(dir, syscall.MNT_DETACH)
	away, err := os.MkdirTemp(s.root, "ended-*")
	if err != nil {
		return err
	}
	err = os.Rename(dir, filepath.Join(away, filepath.Base(dir)))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(away))
}

// endOrphans ends the private daemons and the temporary folders whose process has
// ended, and reports whether others are still in use.
func (s state) endOrphans() (inUse bool, err error) {
	daemons, _ := filepath.Glob(filepath.Join(s.daemon("*"), ownerLock))
	scratches, _ := filepath.Glob(s.path("scratch", "*"))
	for _, file := range append(daemons, scratches...) {
		lock, lockErr := host.TryLock(file, syscall.LOCK_EX)
		if errors.Is(lockErr, host.ErrLocked) {
			inUse = true
			continue
		}
		if filepath.Base(file) == ownerLock {
			err = errors.Join(err, s.endDaemon(filepath.Base(filepath.Dir(file)), true))
			lock.Release()
		} else {
			scratch := Scratch{Dir: filepath.Join(scratchParent, filepath.Base(file)), state: s, lock: lock}
			err = errors.Join(err, scratch.Close())
		}
	}
	return inUse, err
}

// stopAll ends every process of the workbench. The caller holds the lock, so the
// watcher is idle. A watcher that calls stopAll ends by itself.
func (s state) stopAll() error {
	var errs []error
	for _, id := range s.daemonIDs() {
		errs = append(errs, s.endDaemon(id, id != mainDaemon))
	}
	errs = append(errs, s.registryService("", "").down(), s.watcher().down())
	return errors.Join(errs...)
}

// cleanDaemon ends and removes what a killed daemon has left behind.
func (s state) cleanDaemon(id string) {
	s.cleanLeftovers(s.daemon(id))
	s.cleanLeftovers(s.temp(id))
	_ = os.RemoveAll(s.temp(id))
}

// cleanLeftovers ends the containers and removes the mounts that a killed daemon
// has left in its folder. It ignores errors: a remaining mount does not disturb a
// new start.
func (s state) cleanLeftovers(dir string) {
	dir += string(filepath.Separator)
	for _, c := range s.containersUnder(dir) {
		_ = s.runc().Delete(context.Background(), c, &runc.DeleteOpts{Force: true})
	}
	for _, m := range mountsUnder(dir) {
		_ = syscall.Unmount(m, syscall.MNT_DETACH)
	}
}

func (s state) runc() *runc.Runc { return &runc.Runc{Command: s.bin("buildkit-runc")} }

// containersUnder lists runc's containers whose bundle is in the folder.
func (s state) containersUnder(dir string) (ids []string) {
	list, _ := s.runc().List(context.Background()) // without runc there are no containers
	for _, c := range list {
		if strings.HasPrefix(c.Bundle, dir) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// mountsUnder lists the mount points in the folder, inner ones first.
func mountsUnder(dir string) (found []string) {
	mounts, _ := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		return !strings.HasPrefix(m.Mountpoint, dir), false
	})
	for _, m := range slices.Backward(mounts) { // mountinfo lists in order of mounting
		found = append(found, m.Mountpoint)
	}
	return found
}
