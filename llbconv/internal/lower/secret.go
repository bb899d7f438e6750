package lower

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// secret lowers a secret to a file, a variable, or both.
func (in instruction) secret(s State, m *instructions.Mount) (file []*pb.Mount, env []*pb.SecretEnv, err error) {
	id, target, err := secretPlace(s, m)
	if err != nil {
		return nil, nil, err
	}
	in.stage.inputs.addSecret(id, Requirement{Required: m.Required, Location: in.location()})
	if m.Env != nil {
		env = append(env, &pb.SecretEnv{ID: id, Name: *m.Env, Optional: !m.Required})
	}
	if target != "" {
		file = append(file, ops.Secret(target, &pb.SecretOpt{
			ID:       id,
			Uid:      uint32(valueOr(m.UID, 0)),
			Gid:      uint32(valueOr(m.GID, 0)),
			Mode:     uint32(valueOr(m.Mode, 0o400)),
			Optional: !m.Required,
		}))
	}
	return file, env, nil
}

// secretPlace returns the id of a secret and the path of its file, which is
// empty if the secret is only a variable.
func secretPlace(s State, m *instructions.Mount) (id, target string, err error) {
	windows := s.Platform.value.OS == "windows"
	target = m.Target
	if windows {
		target = system.ToSlash(target, "windows")
	}
	id = m.Source
	if id == "" {
		id = m.CacheID
	}
	if id == "" {
		if target == "" {
			return "", "", errors.New("one of source, target required")
		}
		id = path.Base(target)
	}
	if windows && target != "" && !system.IsAbs(target, "windows") {
		return "", "", fmt.Errorf("secret target %q must be an absolute path with forward slashes on Windows, e.g. --mount=type=secret,id=%s,target=C:/path/to/secret", target, id)
	}
	if target == "" && m.Env == nil {
		if windows {
			return "", "", fmt.Errorf("secret target is required on Windows, e.g. --mount=type=secret,id=%s,target=C:/path/to/secret", id)
		}
		target = "/run/secrets/" + path.Base(id)
	}
	return id, target, nil
}

// sshAgent lowers the n-th forwarded SSH agent of a command.
func (in instruction) sshAgent(m *instructions.Mount, n int) (*pb.Mount, error) {
	if m.Source != "" {
		return nil, diag.WithHint(errors.New("ssh does not support source"), "name the agent with id=")
	}
	id := m.CacheID
	if id == "" {
		id = "default"
	}
	in.stage.inputs.addSSH(id, Requirement{Required: m.Required, Location: in.location()})
	return ops.SSH(n, m.Target, &pb.SSHOpt{
		ID:       m.CacheID,
		Uid:      uint32(valueOr(m.UID, 0)),
		Gid:      uint32(valueOr(m.GID, 0)),
		Mode:     uint32(valueOr(m.Mode, 0o600)),
		Optional: !m.Required,
	}), nil
}

// withAuthSock returns an environment in which SSH_AUTH_SOCK is the socket of the
// first SSH agent.
func withAuthSock(env []string, agents []*pb.Mount) []string {
	const variable = "SSH_AUTH_SOCK="
	isSet := func(pair string) bool { return strings.HasPrefix(pair, variable) }
	if len(agents) == 0 || slices.ContainsFunc(env, isSet) {
		return env
	}
	return append(slices.Clip(env), variable+agents[0].Dest)
}
