package lower

import (
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// exec returns a command with the settings that all commands of the stage
// share.
func (in instruction) exec(s State, args []string, vars *env.List) ops.Exec {
	exec := in.run.options.Exec
	return ops.Exec{
		Args:       args,
		Env:        vars.Pairs(),
		Dir:        s.Dir,
		User:       s.Image.Config.User,
		Hostname:   exec.Hostname,
		Network:    exec.Network,
		ExtraHosts: exec.ExtraHosts,
		Proxy:      exec.Proxy,
		Root:       s.Root,
		Platform:   s.Platform.run,
		SetsPath:   in.run.supports(pb.CapExecMetaSetsDefaultPath),
	}
}

// securityMode returns the security mode of a RUN.
func securityMode(c *instructions.RunCommand) (pb.SecurityMode, error) {
	switch mode := instructions.GetSecurity(c); mode {
	case instructions.SecurityInsecure:
		return pb.SecurityMode_INSECURE, nil
	case instructions.SecuritySandbox:
		return pb.SecurityMode_SANDBOX, nil
	default:
		return 0, fmt.Errorf("unsupported security mode %q", mode)
	}
}

// networkMode returns the network mode of a RUN. client is that of the client.
func networkMode(c *instructions.RunCommand, client pb.NetMode) (pb.NetMode, error) {
	switch mode := instructions.GetNetwork(c); mode {
	case instructions.NetworkDefault:
		return client, nil
	case instructions.NetworkNone:
		return pb.NetMode_NONE, nil
	case instructions.NetworkHost:
		return pb.NetMode_HOST, nil
	default:
		return client, fmt.Errorf("unsupported network mode %q", mode)
	}
}

// withLimits returns a command with the devices of a RUN, and the client's limits,
// except those that the daemon does not support.
func (in instruction) withLimits(c *instructions.RunCommand, exec ops.Exec) (ops.Exec, error) {
	asked := in.run.options.Exec
	if len(asked.Ulimits) > 0 && in.run.supports(pb.CapExecMetaUlimit) {
		exec.Ulimits = asked.Ulimits
	}
	if devices := in.devices(c); len(devices) == 0 || in.run.supports(pb.CapExecMetaCDI) {
		exec.Devices = devices
	} else if err := checkNoRequiredDevice(c); err != nil {
		return exec, err
	}
	if asked.ShmSize > 0 && in.run.supports(pb.CapExecMountTmpfsSize) {
		shm := tmpfs("/dev/shm", asked.ShmSize)
		shm.Option = "shm-size"
		exec.Mounts = append(exec.Mounts, shm)
	}
	if asked.CgroupParent != "" && in.run.supports(pb.CapExecMetaCgroupParent) {
		exec.CgroupParent = asked.CgroupParent
	}
	return exec, nil
}

func (in instruction) devices(c *instructions.RunCommand) []*pb.CDIDevice {
	devices := slices.Clip(in.run.options.Exec.Devices)
	for _, d := range instructions.GetDevices(c) {
		devices = append(devices, &pb.CDIDevice{Name: d.Name, Optional: !d.Required})
	}
	return devices
}

// checkNoRequiredDevice returns an error for a command that requires a device.
// The daemon does not support devices.
func checkNoRequiredDevice(c *instructions.RunCommand) error {
	for _, d := range instructions.GetDevices(c) {
		if d.Required {
			return diag.WithHint(fmt.Errorf("this BuildKit cannot give the command the device %q, which is required: it does not support devices", d.Name), "use a newer BuildKit")
		}
	}
	return nil
}
