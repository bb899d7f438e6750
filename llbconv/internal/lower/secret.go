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

// addSecret lowers a secret to a file, a variable, or both.
func (in instruction) addSecret(s State, m *instructions.Mount, exec *ops.Exec) error {
	id, target, err := secretPlace(s, m)
	if err != nil {
		return err
	}
	in.stage.inputs.addSecret(id, Requirement{Required: m.Required, Location: in.location()})
	if m.Env != nil {
		exec.SecretEnv = append(exec.SecretEnv, &pb.SecretEnv{ID: id, Name: *m.Env, Optional: !m.Required})
	}
	if target != "" {
		exec.Secrets = append(exec.Secrets, ops.Secret(target, &pb.SecretOpt{
			ID:       id,
			Uid:      uint32(value(m.UID, 0)),
			Gid:      uint32(value(m.GID, 0)),
			Mode:     uint32(value(m.Mode, 0o400)),
			Optional: !m.Required,
		}))
	}
	return nil
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

// addSSH lowers a forwarded SSH agent.
func (in instruction) addSSH(m *instructions.Mount, exec *ops.Exec) error {
	if m.Source != "" {
		return diag.WithHint(errors.New("ssh does not support source"), "name the agent with id=")
	}
	id := m.CacheID
	if id == "" {
		id = "default"
	}
	in.stage.inputs.addSSH(id, Requirement{Required: m.Required, Location: in.location()})
	exec.SSH = append(exec.SSH, ops.SSH(len(exec.SSH), m.Target, &pb.SSHOpt{
		ID:       m.CacheID,
		Uid:      uint32(value(m.UID, 0)),
		Gid:      uint32(value(m.GID, 0)),
		Mode:     uint32(value(m.Mode, 0o600)),
		Optional: !m.Required,
	}))
	return nil
}

// setAuthSock sets SSH_AUTH_SOCK to the socket of the first SSH agent.
func (in instruction) setAuthSock(exec *ops.Exec) {
	const variable = "SSH_AUTH_SOCK="
	isSet := func(pair string) bool { return strings.HasPrefix(pair, variable) }
	if len(exec.SSH) > 0 && !slices.ContainsFunc(exec.Env, isSet) {
		exec.Env = append(slices.Clip(exec.Env), variable+exec.SSH[0].Dest)
	}
}
