package lower

import (
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// exec is a command with what holds for all commands of the stage.
func (in instruction) exec(s State, args []string, visible *env.List) ops.Exec {
	return ops.Exec{
		Meta:       in.meta(),
		Args:       args,
		Env:        visible.Pairs(),
		Dir:        s.Dir,
		User:       s.Image.Config.User,
		Hostname:   in.Exec.Hostname,
		Network:    in.Exec.Network,
		ExtraHosts: in.Exec.ExtraHosts,
		Proxy:      in.Exec.Proxy,
		Root:       s.Root,
		Platform:   s.runPlatform,
		SetsPath:   in.supports(pb.CapExecMetaSetsDefaultPath),
	}
}

// addSandbox adds what a RUN says of its surroundings, and the limits that the
// client asked for. Limits that the builder does not know are left out.
func (in instruction) addSandbox(c *instructions.RunCommand, exec *ops.Exec) error {
	if err := isolate(c, exec); err != nil {
		return err
	}
	if len(in.Exec.Ulimits) > 0 && in.supports(pb.CapExecMetaUlimit) {
		exec.Ulimits = in.Exec.Ulimits
	}
	if devices := in.devices(c); len(devices) == 0 || in.supports(pb.CapExecMetaCDI) {
		exec.Devices = devices
	} else if err := withoutDevices(c); err != nil {
		return err
	}
	if in.Exec.ShmSize > 0 && in.supports(pb.CapExecMountTmpfsSize) {
		exec.Mounts = append(exec.Mounts, tmpfs("/dev/shm", in.Exec.ShmSize))
	}
	if in.Exec.CgroupParent != "" && in.supports(pb.CapExecMetaCgroupParent) {
		exec.CgroupParent = in.Exec.CgroupParent
	}
	if in.Exec.Resources != nil && in.supports(pb.CapExecMetaLinuxResources) {
		exec.Resources = in.Exec.Resources
	}
	return nil
}

func isolate(c *instructions.RunCommand, exec *ops.Exec) error {
	switch mode := instructions.GetSecurity(c); mode {
	case instructions.SecurityInsecure:
		exec.Security = pb.SecurityMode_INSECURE
	case instructions.SecuritySandbox:
		exec.Security = pb.SecurityMode_SANDBOX
	default:
		return fmt.Errorf("unsupported security mode %q", mode)
	}
	switch mode := instructions.GetNetwork(c); mode {
	case instructions.NetworkDefault:
	case instructions.NetworkNone:
		exec.Network = pb.NetMode_NONE
	case instructions.NetworkHost:
		exec.Network = pb.NetMode_HOST
	default:
		return fmt.Errorf("unsupported network mode %q", mode)
	}
	return nil
}

func (in instruction) devices(c *instructions.RunCommand) []*pb.CDIDevice {
	devices := slices.Clip(in.Exec.Devices)
	for _, d := range instructions.GetDevices(c) {
		devices = append(devices, &pb.CDIDevice{Name: d.Name, Optional: !d.Required})
	}
	return devices
}

// withoutDevices refuses a command that cannot do without a device, on a
// builder that has none.
func withoutDevices(c *instructions.RunCommand) error {
	for _, d := range instructions.GetDevices(c) {
		if d.Required {
			return fmt.Errorf("the builder cannot give the command the device %q, which is required: it knows no devices (use a newer BuildKit)", d.Name)
		}
	}
	return nil
}

// supports tells what the builder can do.
func (l *Lowering) supports(id apicaps.CapID) bool {
	known, ok := l.supported[id]
	if !ok {
		known = l.Caps != nil && l.Caps.Supports(id) == nil
		l.supported[id] = known
	}
	return known
}
