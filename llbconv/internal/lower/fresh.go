package lower

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// addFreshness makes a RUN be run again when its flags, or the client, want it.
func (in instruction) addFreshness(s State, c *instructions.RunCommand, exec *ops.Exec) error {
	salt, err := in.salt(s, c)
	if err != nil {
		return err
	}
	if in.node.NoCache {
		if in.Freshness.KeepCacheMounts && hasCacheMount(c) {
			salt = append(salt, "build="+in.Freshness.BuildID)
		} else {
			exec.IgnoreCache = true
		}
	}
	if len(salt) == 0 {
		return nil
	}
	if !in.supports(pb.CapExecMountSecret) {
		return fmt.Errorf("the builder cannot run a step with %s (use BuildKit 0.8 or later)", strings.Join(in.Flags.Written, " "))
	}
	exec.Secrets = append(exec.Secrets, saltMount(salt))
	return nil
}

// salt is what the flags add to the cache key of a step.
func (in instruction) salt(s State, c *instructions.RunCommand) ([]string, error) {
	var salt []string
	if in.Flags.NoCache {
		salt = append(salt, "build="+in.Freshness.BuildID)
	}
	if in.Flags.Key != nil {
		key, err := in.word(s, in.words, *in.Flags.Key)
		if err != nil {
			return nil, err
		}
		salt = append(salt, "key="+key)
	}
	if in.Flags.TTL == "" {
		return salt, nil
	}
	text, err := in.word(s, in.words, in.Flags.TTL)
	if err != nil {
		return nil, err
	}
	ttl, err := syntax.ParseTTL(text)
	if err != nil {
		return nil, err
	}
	return append(salt, fmt.Sprintf("ttl=%s/%d", ttl, in.period(c.String(), ttl))), nil
}

// period is the number of the period that the build falls in. Periods are
// counted from a start that depends on the step, so that not everything
// expires at the same time, and on nothing else, so that all builders agree.
func (in instruction) period(step string, ttl time.Duration) int64 {
	now := in.Freshness.Now
	if in.Epoch != nil {
		now = *in.Epoch
	}
	sum := sha256.Sum256([]byte(step))
	offset := binary.BigEndian.Uint64(sum[:8]) % uint64(ttl)
	period := now.UnixNano() / int64(ttl)
	rest := now.UnixNano() % int64(ttl)
	if rest < 0 {
		period--
		rest += int64(ttl)
	}
	if uint64(rest)+offset >= uint64(ttl) {
		period++
	}
	return period
}

// saltMount carries the salt in the step's cache key. BuildKit counts the id
// of an optional secret; as no client has one of this name, nothing is mounted
// and the command sees nothing of it.
func saltMount(salt []string) *pb.Mount {
	sum := sha256.Sum256([]byte(strings.Join(salt, "\x00")))
	id := "strata.cache." + hex.EncodeToString(sum[:16])
	return ops.Secret("/run/secrets/"+id, &pb.SecretOpt{ID: id, Mode: 0o400, Optional: true})
}

func hasCacheMount(c *instructions.RunCommand) bool {
	return slices.ContainsFunc(instructions.GetMounts(c), func(m *instructions.Mount) bool {
		return m.Type == instructions.MountTypeCache
	})
}

// visible are the variables that the command of a RUN sees.
func (in instruction) visible(s State) (*env.List, error) {
	for _, name := range in.Flags.Args {
		if err := in.checkDeclared(s, name); err != nil {
			return nil, err
		}
	}
	if len(s.explicit) == 0 {
		return s.Env, nil
	}
	visible := s.Env.Clone()
	for name := range s.explicit {
		if !slices.Contains(in.Flags.Args, name) {
			visible.Delete(name)
		}
	}
	return visible, nil
}

func (in instruction) checkDeclared(s State, name string) error {
	var names []string
	for _, a := range s.BuildArgs {
		if a.Key == name {
			return nil
		}
		names = append(names, a.Key)
	}
	err := fmt.Errorf("--arg=%s: no ARG of this name is declared in the stage before this step", name)
	return suggest.WrapError(err, name, names, true)
}

// withFlags is a keyword with Strata's flags as they were written.
func withFlags(keyword string, f syntax.Flags) string {
	return strings.Join(append([]string{keyword}, f.Written...), " ")
}
