package imagerun

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Command unpacks the image into dir and prepares a command that runs it, with
// further variables of the environment. It has the machine's network, so that a
// server in it answers on loopback. The end of the context ends the container.
func (i *Image) Command(ctx context.Context, dir string, env ...string) (*exec.Cmd, error) {
	if err := i.Unpack(ctx, filepath.Join(dir, "rootfs")); err != nil {
		return nil, err
	}
	if err := i.writeSpec(dir, env); err != nil {
		return nil, err
	}
	id := fmt.Sprintf("strata-%d-%d", os.Getpid(), time.Now().UnixNano())
	runc := func(ctx context.Context, args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, "runc", append([]string{"--root", filepath.Join(dir, "runc")}, args...)...)
	}
	cmd := runc(ctx, "run", "--bundle", dir, id)
	cmd.Cancel = runc(context.WithoutCancel(ctx), "kill", id, "KILL").Run
	return cmd, nil
}
