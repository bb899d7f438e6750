package lower

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// addMounts lowers the mounts of a RUN; see "RUN --mount" in the Dockerfile
// reference.
func (in instruction) addMounts(s State, c *instructions.RunCommand, exec *ops.Exec) error {
	for i, m := range instructions.GetMounts(c) {
		var err error
		switch m.Type {
		case instructions.MountTypeSecret:
			err = in.addSecret(s, m, exec)
		case instructions.MountTypeSSH:
			err = in.addSSH(m, exec)
		default:
			err = in.addMount(s, m, in.Sources[i], exec)
		}
		if err != nil {
			return err
		}
	}
	in.setAuthSock(exec)
	return nil
}

// addMount lowers a mount that has files: bind, cache and tmpfs.
func (in instruction) addMount(s State, m *instructions.Mount, from *plan.Stage, exec *ops.Exec) error {
	content, used, err := in.mountSource(s, m, from)
	if err != nil {
		return err
	}
	target, err := mountTarget(s, m.Target)
	if err != nil {
		return err
	}
	mount := &ops.Mount{From: content}
	mount.Dest, mount.Readonly = target, m.ReadOnly
	switch m.Type {
	case instructions.MountTypeTmpfs:
		mount.From, mount.MountType = nil, pb.MountType_TMPFS
		mount.TmpfsOpt = &pb.TmpfsOpt{Size: m.SizeLimit}
	case instructions.MountTypeCache:
		mount.MountType, mount.CacheOpt = pb.MountType_CACHE, in.cache(m)
	default:
		mount.Discard = !m.ReadOnly && in.supports(pb.CapExecMountBindReadWriteNoOutput)
	}
	if source := path.Join("/", m.Source); source != "/" {
		mount.Selector = source
	} else if m.UID != nil || m.GID != nil || m.Mode != nil {
		mount.From, mount.Selector = ownedCache(m, mount.From), "/cache"
	}
	exec.Mounts = append(exec.Mounts, mount)
	used[path.Join("/", filepath.ToSlash(m.Source))] = struct{}{}
	return nil
}

// mountSource is what a mount shows: the main context, or the filesystem of a
// stage. A cache without a source starts empty.
func (in instruction) mountSource(s State, m *instructions.Mount, from *plan.Stage) (llb.Output, plan.PathSet, error) {
	if m.From == "" && m.Type != instructions.MountTypeCache {
		return in.MainContext, in.used, nil
	}
	root, ok := in.read(s, from)
	if !ok {
		name := m.From
		if name == "" {
			name = "scratch"
		}
		return nil, nil, fmt.Errorf("cannot mount from stage %q to %q, stage needs to be defined before current command", name, m.Target)
	}
	return root, from.Paths, nil
}

func (in instruction) cache(m *instructions.Mount) *pb.CacheOpt {
	id := m.CacheID
	if id == "" {
		id = path.Clean(m.Target)
	}
	opt := &pb.CacheOpt{ID: in.CacheNamespace + "/" + id, Sharing: pb.CacheSharingOpt_SHARED}
	switch m.CacheSharing {
	case instructions.MountSharingPrivate:
		opt.Sharing = pb.CacheSharingOpt_PRIVATE
	case instructions.MountSharingLocked:
		opt.Sharing = pb.CacheSharingOpt_LOCKED
	}
	return opt
}

func tmpfs(target string, size int64) *ops.Mount {
	m := &ops.Mount{}
	m.Dest, m.MountType, m.TmpfsOpt = target, pb.MountType_TMPFS, &pb.TmpfsOpt{Size: size}
	return m
}

func mountTarget(s State, target string) (string, error) {
	if !system.IsAbsolutePath(filepath.Clean(target)) {
		target = filepath.Join("/", s.Dir, target)
	}
	if target == "/" {
		return "", fmt.Errorf("invalid mount target %q (mount below the root)", target)
	}
	return target, nil
}

// ownedCache is a new cache's first content: a directory with an owner and
// permissions.
func ownedCache(m *instructions.Mount, base llb.Output) llb.Output {
	f := ops.File{Meta: ops.Meta{Name: "[internal] setting cache mount permissions"}, Base: base}
	owner := ops.ID(int(value(m.UID, 0)), int(value(m.GID, 0)))
	f.Mkdir("/cache", uint32(value(m.Mode, 0o755)), false, owner, nil)
	return f.Op()
}

func value(v *uint64, otherwise uint64) uint64 {
	if v == nil {
		return otherwise
	}
	return *v
}
