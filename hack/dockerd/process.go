package dockerd

import (
	"os/exec"
	"runtime"
	"syscall"
)

// isolated returns a command that runs the program as the first process of a
// process namespace, with separate mounts. When the program ends for any reason,
// the kernel ends all its children and removes its mounts.
func isolated(program string, args ...string) *exec.Cmd {
	const script = `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGTERM,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
	}
	return cmd
}

// run starts the process. The kernel sends it a signal when the thread that started
// it ends, so run keeps that thread until the process ends.
func (d *Daemon) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(d.done)
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // its log has the reason
		}
	}()
	return <-started
}
