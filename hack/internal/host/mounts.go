package host

import (
	"slices"
	"strings"
	"syscall"

	"github.com/moby/sys/mountinfo"
)

// Mounts lists the mount points in a folder, whose name ends with a slash, inner ones
// first.
func Mounts(dir string) (found []string) {
	mounts, _ := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
		return !strings.HasPrefix(m.Mountpoint, dir), false
	})
	for _, m := range slices.Backward(mounts) { // mountinfo lists in order of mounting
		found = append(found, m.Mountpoint)
	}
	return found
}

// Unmount removes the mounts in a folder, whose name ends with a slash. It ignores
// errors.
func Unmount(dir string) {
	for _, m := range Mounts(dir) {
		_ = syscall.Unmount(m, syscall.MNT_DETACH)
	}
}
