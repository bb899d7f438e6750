package workbench

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/containerd/go-runc"
	"github.com/gofrs/flock"

	"github.com/stratabuild/strata/hack/internal/host"
)

// scratches returns the temporary folders that exist.
func (s state) scratches() (found []*Scratch) {
	files, _ := filepath.Glob(s.path("scratch", "*"))
	for _, file := range files {
		found = append(found, &Scratch{Dir: filepath.Join(scratchParent, filepath.Base(file)), state: s, lock: flock.New(file)})
	}
	return found
}

// endOrphans ends the daemons in the temporary folders whose process has ended, and
// reports whether other folders are still in use.
func (s state) endOrphans() (inUse bool, err error) {
	for _, scratch := range s.scratches() {
		if ended, lockErr := scratch.lock.TryLock(); lockErr == nil && !ended {
			inUse = true
			continue
		}
		err = errors.Join(err, scratch.Close())
	}
	return inUse, err
}

// stopAll ends every process of the workbench. The caller holds the lock, so the
// watcher is idle. A watcher that calls stopAll ends by itself.
func (s state) stopAll() error {
	errs := []error{s.main().down()}
	for _, scratch := range s.scratches() {
		errs = append(errs, scratch.Close())
	}
	errs = append(errs, s.registryService("", "").down(), s.watcher().down())
	return errors.Join(errs...)
}

// cleanLeftovers ends the containers and removes the mounts that a killed daemon
// has left in its folder. It ignores errors: a remaining mount does not disturb a
// new start.
func (s state) cleanLeftovers(dir string) {
	dir += string(filepath.Separator)
	for _, c := range s.containersUnder(dir) {
		_ = s.runc().Delete(context.Background(), c, &runc.DeleteOpts{Force: true})
	}
	host.Unmount(dir)
}

func (s state) runc() *runc.Runc { return &runc.Runc{Command: s.bin("buildkit-runc")} }

// containersUnder lists runc's containers whose bundle is in the folder. runc fails if
// a container, even of another daemon, ends while it lists them.
func (s state) containersUnder(dir string) (ids []string) {
	for range 20 {
		list, err := s.runc().List(context.Background())
		if err != nil {
			continue
		}
		for _, c := range list {
			if strings.HasPrefix(c.Bundle, dir) {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	return nil // without runc there are no containers
}
