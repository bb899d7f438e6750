package lower

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// addFreshness makes a RUN be run again when its flags, or the client, want it.
func (in instruction) addFreshness(s State, c *instructions.RunCommand, exec *ops.Exec) error {
	salt, err := in.salt(s, c)
	if err != nil {
		return err
	}
	if s.anew {
		if in.Freshness.KeepCacheMounts && hasCacheMount(c) {
			once, err := in.onceSalt()
			if err != nil {
				return err
			}
			salt = append(salt, once)
		} else {
			exec.IgnoreCache = true
		}
	}
	if len(salt) == 0 {
		return nil
	}
	if !in.supports(pb.CapExecMountSecret) {
		return fmt.Errorf("the builder cannot run a step with %s: it has no secret mounts (use BuildKit 0.8, Docker Engine 20.10, or later)",
			cmp.Or(strings.Join(in.Flags.Written, " "), "STRATA_CACHE_MOUNTS=keep"))
	}
	exec.Secrets = append(exec.Secrets, saltMount(salt))
	return nil
}

// readsAnew says whether a step reads from a stage that is run anew. Then it
// has to run as well, with all that follows in its stage: BuildKit knows a
// result by the steps that made it, and would take what they made before.
func (st *stage) readsAnew(step plan.Step) bool {
	return slices.ContainsFunc(step.Sources, func(src *plan.Stage) bool {
		r := st.results[src]
		return r != nil && r.anew
	})
}

// salt is what the flags add to the cache key of a step.
func (in instruction) salt(s State, c *instructions.RunCommand) ([]string, error) {
	var salt []string
	if in.Flags.NoCache {
		once, err := in.onceSalt()
		if err != nil {
			return nil, err
		}
		salt = append(salt, once)
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
	now, err := in.now()
	if err != nil {
		return nil, err
	}
	return append(salt, fmt.Sprintf("ttl=%s/%d", ttl, period(now, ttl, in.identity(c)))), nil
}

// onceSalt is a salt that no other build has.
func (in instruction) onceSalt() (string, error) {
	if in.Freshness.BuildID == "" {
		return "", errors.New("a step that runs in every build needs an id of the build (set Options.Freshness.BuildID)")
	}
	return "build=" + in.Freshness.BuildID, nil
}

// now is the time of the build.
func (in instruction) now() (time.Time, error) {
	if in.Epoch != nil {
		return *in.Epoch, nil
	}
	if in.Freshness.Now.IsZero() {
		return time.Time{}, errors.New("--cache-ttl needs the time of the build (set Options.Freshness.Now)")
	}
	return in.Freshness.Now, nil
}

// identity tells a step from others: its text and the image or stage that it
// stands on.
func (in instruction) identity(c *instructions.RunCommand) string {
	parts := []string{in.node.From, c.String()}
	for _, f := range c.Files {
		parts = append(parts, f.Data)
	}
	return strings.Join(parts, "\x00")
}

// period is the number of the period that a time falls in. Periods are counted
// from a start that depends on the step, so that not everything expires at the
// same time, and on nothing else, so that all builders agree.
func period(now time.Time, ttl time.Duration, step string) int64 {
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

// saltMount carries the salt in the key of a command. BuildKit counts the id of
// an optional secret; as no client has one of this name, nothing is mounted
// and the command sees nothing of it.
func saltMount(salt []string) *pb.Mount {
	id := saltName(salt)
	return ops.Secret("/run/secrets/"+id, &pb.SecretOpt{ID: id, Mode: 0o400, Optional: true})
}

// addSalt carries the salt in the key of a file op: the path of a file that is
// not there is removed. Ignoring the cache would run the op too, but under the
// same key as before, and then BuildKit takes what follows from an earlier
// build.
func (f *fileAction) addSalt(salt []string) { f.Remove(saltName(salt)) }

func saltName(salt []string) string {
	sum := sha256.Sum256([]byte(strings.Join(salt, "\x00")))
	return "strata.cache." + hex.EncodeToString(sum[:16])
}

func hasCacheMount(c *instructions.RunCommand) bool {
	return slices.ContainsFunc(instructions.GetMounts(c), func(m *instructions.Mount) bool {
		return m.Type == instructions.MountTypeCache
	})
}

// withFlags is a keyword with Strata's flags as they were written.
func withFlags(keyword string, f *syntax.Flags) string {
	return strings.Join(append([]string{keyword}, f.Written...), " ")
}
