package dockerd

import (
	"os/exec"
	"runtime"
	"syscall"
)

// isolated is a run of the program as the first process of a process namespace,
// with mounts of its own. When it ends, however it does, the kernel ends all
// that it has started, and takes its mounts away.
func isolated(program string, args ...string) *exec.Cmd {
	const script = `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGTERM,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
	}
	return cmd
}

// run starts the process. The kernel asks it to end when the thread that
// started it ends, so that thread is kept until then.
func (d *Daemon) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(d.done)
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // its log tells why
		}
	}()
	return <-started
}
