package lower

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// mounts lowers the mounts of a RUN; see "RUN --mount" in the Dockerfile
// reference.
func (in instruction) mounts(s State, c *instructions.RunCommand) ([]llb.RunOption, error) {
	var opts []llb.RunOption
	for i, m := range instructions.GetMounts(c) {
		var opt llb.RunOption
		var err error
		switch m.Type {
		case instructions.MountTypeSecret:
			opt, err = in.secret(s, m)
		case instructions.MountTypeSSH:
			opt, err = in.ssh(m)
		default:
			opt, err = in.mount(s, *m, in.Sources[i])
		}
		if err != nil {
			return nil, err
		}
		opts = append(opts, opt)
	}
	return opts, nil
}

// mount lowers a mount that has files: bind, cache and tmpfs.
func (in instruction) mount(s State, m instructions.Mount, from *plan.Stage) (llb.RunOption, error) {
	if m.From == "" && m.Type == instructions.MountTypeCache {
		m.From = "scratch"
	}
	content, used := in.MainContext, in.used
	if m.From != "" {
		result, ok := in.results[from]
		if !ok {
			return nil, fmt.Errorf("cannot mount from stage %q to %q, stage needs to be defined before current command", m.From, m.Target)
		}
		content, used = llb.NewState(result.Root), from.Paths
	}
	var opts []llb.MountOption
	if m.Type == instructions.MountTypeTmpfs {
		content = llb.Scratch()
		opts = append(opts, llb.Tmpfs(llb.TmpfsSize(m.SizeLimit)))
	}
	opts = append(opts, in.access(m)...)
	if m.Type == instructions.MountTypeCache {
		opts = append(opts, in.cache(m))
	}
	target, err := mountTarget(s, m.Target)
	if err != nil {
		return nil, err
	}
	if source := path.Join("/", m.Source); source != "/" {
		opts = append(opts, llb.SourcePath(source))
	} else if m.UID != nil || m.GID != nil || m.Mode != nil {
		content = ownedCache(m, content)
		opts = append(opts, llb.SourcePath("/cache"))
	}
	used[path.Join("/", filepath.ToSlash(m.Source))] = struct{}{}
	return llb.AddMount(target, content, opts...), nil
}

func (in instruction) access(m instructions.Mount) []llb.MountOption {
	switch {
	case m.ReadOnly:
		return []llb.MountOption{llb.Readonly}
	case m.Type == instructions.MountTypeBind && in.supports(pb.CapExecMountBindReadWriteNoOutput):
		return []llb.MountOption{llb.ForceNoOutput}
	}
	return nil
}

func (in instruction) cache(m instructions.Mount) llb.MountOption {
	sharing := llb.CacheMountShared
	switch m.CacheSharing {
	case instructions.MountSharingPrivate:
		sharing = llb.CacheMountPrivate
	case instructions.MountSharingLocked:
		sharing = llb.CacheMountLocked
	}
	id := m.CacheID
	if id == "" {
		id = path.Clean(m.Target)
	}
	return llb.AsPersistentCacheDir(in.CacheNamespace+"/"+id, sharing)
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
func ownedCache(m instructions.Mount, st llb.State) llb.State {
	mode := os.FileMode(value(m.Mode, 0o755))
	owner := llb.WithUIDGID(int(value(m.UID, 0)), int(value(m.GID, 0)))
	return st.File(llb.Mkdir("/cache", mode, owner), internalName("setting cache mount permissions"))
}

func value(v *uint64, otherwise uint64) uint64 {
	if v == nil {
		return otherwise
	}
	return *v
}

// secret lowers a secret to a file, a variable, or both.
func (in instruction) secret(s State, m *instructions.Mount) (llb.RunOption, error) {
	windows := s.Platform.OS == "windows"
	target := m.Target
	if windows {
		target = system.ToSlash(target, "windows")
	}
	id := m.Source
	if id == "" {
		id = m.CacheID
	}
	if id == "" {
		if target == "" {
			return nil, errors.New("one of source, target required")
		}
		id = path.Base(target)
	}
	if windows && target != "" && !system.IsAbs(target, "windows") {
		return nil, fmt.Errorf("secret target %q must be an absolute path with forward slashes on Windows, e.g. --mount=type=secret,id=%s,target=C:/path/to/secret", target, id)
	}
	if target == "" && m.Env == nil {
		if windows {
			return nil, fmt.Errorf("secret target is required on Windows, e.g. --mount=type=secret,id=%s,target=C:/path/to/secret", id)
		}
		target = "/run/secrets/" + path.Base(id)
	}
	in.need(in.Secrets, id, m.Required)

	opts := []llb.SecretOption{llb.SecretID(id)}
	if !m.Required {
		opts = append(opts, llb.SecretOptional)
	}
	if m.Env != nil {
		opts = append(opts, llb.SecretAsEnvName(*m.Env))
	}
	if m.UID != nil || m.GID != nil || m.Mode != nil {
		opts = append(opts, llb.SecretFileOpt(int(value(m.UID, 0)), int(value(m.GID, 0)), int(value(m.Mode, 0o400))))
	}
	if target == "" {
		return llb.AddSecretWithDest(id, nil, opts...), nil
	}
	return llb.AddSecretWithDest(id, &target, opts...), nil
}

// ssh lowers a forwarded SSH agent.
func (in instruction) ssh(m *instructions.Mount) (llb.RunOption, error) {
	if m.Source != "" {
		return nil, errors.New("ssh does not support source (name the agent with id=)")
	}
	id := m.CacheID
	if id == "" {
		id = "default"
	}
	in.need(in.SSH, id, m.Required)

	opts := []llb.SSHOption{llb.SSHID(m.CacheID)}
	if m.Target != "" {
		opts = append(opts, llb.SSHSocketTarget(m.Target))
	}
	if !m.Required {
		opts = append(opts, llb.SSHOptional)
	}
	if m.UID != nil || m.GID != nil || m.Mode != nil {
		opts = append(opts, llb.SSHSocketOpt(m.Target, int(value(m.UID, 0)), int(value(m.GID, 0)), int(value(m.Mode, 0o600))))
	}
	return llb.AddSSHSocket(opts...), nil
}
