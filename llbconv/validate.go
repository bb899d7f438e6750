package llbconv

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// validate returns the errors of options that no conversion can follow.
func (o Options) validate() error {
	return errors.Join(
		o.Platforms.validate(),
		o.Exec.validate(),
		o.Daemon.validate(),
	)
}

func (p Platforms) validate() error {
	var err error
	if p.Target != nil {
		err = validatePlatform(*p.Target, "Target")
	}
	for i, build := range p.Build {
		err = errors.Join(err, validatePlatform(build, "Build[%d]", i))
	}
	return err
}

// validatePlatform checks the platform of an option. The format names the option.
func validatePlatform(p ocispecs.Platform, format string, args ...any) error {
	if p.OS != "" && p.Architecture != "" {
		return nil
	}
	return fmt.Errorf("Options.Platforms.%s has the OS %q and the architecture %q: a platform needs both",
		fmt.Sprintf(format, args...), p.OS, p.Architecture)
}

func (e Exec) validate() error {
	_, isMode := pb.NetMode_name[int32(e.Network)]
	err := require(isMode, "Options.Exec.Network is %d, which is not a network mode", e.Network)
	for i, host := range e.ExtraHosts {
		err = errors.Join(err, require(host.IP != nil, "Options.Exec.ExtraHosts[%d], %q, has no address", i, host.Host))
	}
	return err
}

func (d Daemon) validate() error {
	modes := []llb.ResolveMode{llb.ResolveModeDefault, llb.ResolveModeForcePull, llb.ResolveModePreferLocal}
	return errors.Join(
		require(slices.Contains(modes, d.ResolveMode), "Options.Daemon.ResolveMode is %d, which is not a resolve mode", d.ResolveMode),
		require(d.MaxGraph >= 0, "Options.Daemon.MaxGraph is %d: a graph cannot have fewer than 0 bytes", d.MaxGraph),
	)
}

// require returns an error unless a condition holds.
func require(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}
