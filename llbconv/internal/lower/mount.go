package lower

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// withMounts returns a command with the mounts of a RUN; see "RUN --mount" in the
// Dockerfile reference.
func (in instruction) withMounts(s State, c *instructions.RunCommand, exec ops.Exec) (ops.Exec, error) {
	for i, m := range instructions.GetMounts(c) {
		switch m.Type {
		case instructions.MountTypeSecret:
			file, env, err := in.secret(s, m)
			if err != nil {
				return exec, err
			}
			exec.Secrets, exec.SecretEnv = append(exec.Secrets, file...), append(exec.SecretEnv, env...)
		case instructions.MountTypeSSH:
			agent, err := in.sshAgent(m, len(exec.SSH))
			if err != nil {
				return exec, err
			}
			exec.SSH = append(exec.SSH, agent)
		default:
			mount, err := in.mount(s, m, in.step.Sources[i])
			if err != nil {
				return exec, err
			}
			exec.Mounts = append(exec.Mounts, mount)
		}
	}
	exec.Env = withAuthSock(exec.Env, exec.SSH)
	return exec, nil
}

// mount lowers a mount that has files: bind, cache and tmpfs.
func (in instruction) mount(s State, m *instructions.Mount, from int) (ops.Mount, error) {
	content, err := in.mountSource(s, m, from)
	if err != nil {
		return ops.Mount{}, err
	}
	target, err := mountTarget(s, m.Target)
	if err != nil {
		return ops.Mount{}, err
	}
	mount := ops.Mount{From: content, Target: target, Readonly: m.ReadOnly}
	switch m.Type {
	case instructions.MountTypeTmpfs:
		mount.From, mount.Type = nil, pb.MountType_TMPFS
		mount.Tmpfs = &pb.TmpfsOpt{Size: m.SizeLimit}
	case instructions.MountTypeCache:
		mount.Type, mount.Cache = pb.MountType_CACHE, in.cache(m)
	default:
		mount.Discard = !m.ReadOnly && in.run.supports(pb.CapExecMountBindReadWriteNoOutput)
	}
	if source := path.Join("/", m.Source); source != "/" {
		mount.Selector = source
	} else if m.UID != nil || m.GID != nil || m.Mode != nil {
		mount.From, mount.Selector = ownedCache(m, mount.From), "/cache"
	}
	return mount, nil
}

// mountSource returns the content of a mount: the main context, or the
// filesystem of a stage. A cache without a source starts empty.
func (in instruction) mountSource(s State, m *instructions.Mount, from int) (llb.Output, error) {
	if m.From == "" && m.Type != instructions.MountTypeCache {
		in.run.done.Reads.Context.add(m.Source)
		return in.run.options.Context.Output, nil
	}
	root, ok := in.read(s, from)
	if !ok {
		name := m.From
		if name == "" {
			name = "scratch"
		}
		return nil, fmt.Errorf("cannot mount from stage %q to %q, stage needs to be defined before current command", name, m.Target)
	}
	in.run.done.Reads.add(in.run.graph, in.run.graph.Stages[from], m.Source)
	return root, nil
}

func (in instruction) cache(m *instructions.Mount) *pb.CacheOpt {
	id := m.CacheID
	if id == "" {
		id = path.Clean(m.Target)
	}
	opt := &pb.CacheOpt{ID: in.run.options.Daemon.CacheNamespace + "/" + id, Sharing: pb.CacheSharingOpt_SHARED}
	switch m.CacheSharing {
	case instructions.MountSharingPrivate:
		opt.Sharing = pb.CacheSharingOpt_PRIVATE
	case instructions.MountSharingLocked:
		opt.Sharing = pb.CacheSharingOpt_LOCKED
	}
	return opt
}

func tmpfs(target string, size int64) ops.Mount {
	return ops.Mount{Target: target, Type: pb.MountType_TMPFS, Tmpfs: &pb.TmpfsOpt{Size: size}}
}

func mountTarget(s State, target string) (string, error) {
	if !system.IsAbsolutePath(filepath.Clean(target)) {
		target = filepath.Join("/", s.Dir, target)
	}
	if target == "/" {
		return "", diag.WithHint(fmt.Errorf("invalid mount target %q", target), "mount below the root")
	}
	return target, nil
}

// ownedCache returns the initial content of a cache: a directory with an owner
// and permissions.
func ownedCache(m *instructions.Mount, base llb.Output) llb.Output {
	f := ops.File{Base: base}
	owner := ops.ID(int(valueOr(m.UID, 0)), int(valueOr(m.GID, 0)))
	f.Mkdir("/cache", uint32(valueOr(m.Mode, 0o755)), false, owner, nil)
	return f.Op(ops.Meta{Name: "[internal] setting cache mount permissions"})
}

func valueOr(v *uint64, otherwise uint64) uint64 {
	if v == nil {
		return otherwise
	}
	return *v
}
