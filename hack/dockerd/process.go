package dockerd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// run starts the process. The kernel asks it to end when the thread that
// started it ends, so that thread is kept until then.
func (d *Daemon) run() error {
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(d.done)
		err := d.cmd.Start()
		started <- err
		if err == nil {
			d.err = d.cmd.Wait()
		}
	}()
	return <-started
}

// cleanUp ends what a killed engine has left, its containerd and containers,
// and takes its mounts away.
func (d *Daemon) cleanUp() error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		left := d.processes()
		if len(left) == 0 {
			break
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if time.Now().After(deadline) {
			return errors.New("processes of dockerd do not end")
		}
	}
	mounts, err := d.mounts()
	for _, m := range mounts {
		if e := syscall.Unmount(m, syscall.MNT_DETACH); e != nil && !errors.Is(e, syscall.EINVAL) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// processes are those whose arguments name the engine's folder.
func (d *Daemon) processes() []int {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var pids []int
	for _, file := range found {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		if args, err := os.ReadFile(file); err == nil && bytes.Contains(args, []byte(d.dir+"/")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// mounts are those below the engine's folder, the innermost first.
func (d *Daemon) mounts() ([]string, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], d.dir+"/") {
			found = append(found, fields[4])
		}
	}
	slices.Reverse(found)
	return found, nil
}
