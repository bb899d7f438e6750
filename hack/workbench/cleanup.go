package workbench

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

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
	_ = os.Remove(s.socket(id))
	if !remove {
		return nil
	}
	return s.remove(s.daemon(id))
}

// remove removes a folder of daemons. It moves the folder away first, because another
// process that looks for orphans could otherwise create files in it.
func (s state) remove(dir string) error {
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

// endOrphans ends the private daemons whose process has ended, and reports whether
// others are still in use.
func (s state) endOrphans() (inUse bool, err error) {
	for _, id := range s.daemonIDs() {
		if id == mainDaemon {
			continue
		}
		lock, lockErr := host.TryLock(filepath.Join(s.daemon(id), "owner.lock"), syscall.LOCK_EX)
		if errors.Is(lockErr, host.ErrLocked) {
			inUse = true
			continue
		}
		err = errors.Join(err, s.endDaemon(id, true))
		lock.Release()
	}
	return inUse, err
}

// stopAll ends every process of the workbench.
func (s state) stopAll() error {
	var errs []error
	for _, id := range s.daemonIDs() {
		errs = append(errs, s.endDaemon(id, id != mainDaemon))
	}
	errs = append(errs, s.registryService("", "").down(), s.endWatcher())
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
	runc := s.bin("buildkit-runc")
	for _, c := range containersUnder(runc, dir) {
		_ = exec.Command(runc, "delete", "--force", c).Run()
	}
	for _, m := range mountsUnder(dir) {
		_ = syscall.Unmount(m, syscall.MNT_DETACH)
	}
}

// containersUnder lists runc's containers whose bundle is in the folder.
func containersUnder(runc, dir string) []string {
	out, err := exec.Command(runc, "list", "--format", "json").Output()
	if err != nil {
		return nil // no runc, so no containers
	}
	var list []struct {
		ID     string `json:"id"`
		Bundle string `json:"bundle"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil
	}
	var ids []string
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
