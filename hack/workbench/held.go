package workbench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Kill ends the daemon by SIGKILL, so that it cannot save anything.
func (d *Daemon) Kill() error {
	if !host.Kill(d.service().pids, syscall.SIGKILL) {
		return errors.New("buildkitd does not end by SIGKILL")
	}
	return nil
}

// Restart starts a daemon that was killed. It first ends the remaining processes,
// like the init system of a real machine.
func (d *Daemon) Restart(ctx context.Context) error {
	_, err := d.up(ctx)
	return err
}

// Held lists the daemon's resources on the machine, other than its own process:
// containers and their folders, mounts, and processes.
func (d *Daemon) Held() []string {
	dir := d.Dir() + string(filepath.Separator)
	var held []string
	for _, c := range d.state.containersUnder(dir) {
		held = append(held, "container "+c)
	}
	bundles, _ := filepath.Glob(filepath.Join(d.Dir(), "root", "*", "executor", "*", "config.json"))
	for _, b := range bundles {
		held = append(held, "folder "+filepath.Dir(b))
	}
	for _, m := range append(host.Mounts(dir), host.Mounts(d.temp+string(filepath.Separator))...) {
		held = append(held, "mount "+m)
	}
	own := d.service().pids()
	for _, pid := range append(pidsIn(d.Dir()), pidsRootedIn(dir)...) {
		if !slices.Contains(own, pid) {
			held = append(held, "process "+strconv.Itoa(pid))
		}
	}
	slices.Sort(held)
	return slices.Compact(held)
}

// pidsRootedIn returns the processes whose root filesystem is in the folder: those
// of containers, even if no program manages them any more.
func pidsRootedIn(dir string) (found []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	for _, file := range files {
		mounts, _ := os.ReadFile(file) // it may just have ended
		for line := range strings.Lines(string(mounts)) {
			if strings.Fields(line)[4] == "/" && strings.Contains(line, dir) {
				pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
				found = append(found, pid)
			}
		}
	}
	return found
}
