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

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// cacheKey returns the salt that the flags of a RUN add to its cache key, and
// whether its op ignores the cache.
func (in instruction) cacheKey(s State, c *instructions.RunCommand) (salt []string, ignoreCache bool, err error) {
	if salt, err = in.flagSalt(s, c); err != nil {
		return nil, false, err
	}
	if s.ignoreCache {
		// An op that ignores the cache also gets empty cache mounts.
		if in.run.options.Policy.KeepCacheMounts && hasCacheMount(c) {
			ofBuild, err := in.buildSalt()
			if err != nil {
				return nil, false, err
			}
			salt = append(salt, ofBuild)
		} else {
			ignoreCache = true
		}
	}
	if len(salt) > 0 && !in.run.supports(pb.CapExecMountSecret) {
		return nil, false, diag.WithHint(fmt.Errorf("this BuildKit cannot run a step with %s: it has no secret mounts",
			cmp.Or(strings.Join(saltFlags(in.step.Instruction.Flags), " "), "STRATA_CACHE_MOUNTS=keep")),
			"use BuildKit 0.8, Docker Engine 20.10, or later")
	}
	return salt, ignoreCache, nil
}

// dependsOnIgnored reports whether a step reads from a stage that ignores the cache.
// Such a step and those after it in its stage ignore the cache too: BuildKit
// identifies a result by the steps that made it, and would reuse the earlier one.
func (st *stage) dependsOnIgnored(step plan.Step) bool {
	return slices.ContainsFunc(step.Sources, func(i int) bool {
		r := st.run.done.Stages[i]
		return r != nil && r.State.ignoreCache
	})
}

// flagSalt returns the salt that the flags of a step add to its cache key.
func (in instruction) flagSalt(s State, c *instructions.RunCommand) ([]string, error) {
	flags := in.step.Instruction.Flags
	var salt []string
	if flags.NoCache {
		ofBuild, err := in.buildSalt()
		if err != nil {
			return nil, err
		}
		salt = append(salt, ofBuild)
	}
	if flags.Key != nil {
		key, err := in.word(s, in.run.words, *flags.Key)
		if err != nil {
			return nil, err
		}
		salt = append(salt, "key="+key)
	}
	if flags.TTL == "" {
		return salt, nil
	}
	text, err := in.word(s, in.run.words, flags.TTL)
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

// saltFlags lists the flags that give a step a salt, in the form of flags.
func saltFlags(f syntax.Flags) (list []string) {
	if f.NoCache {
		list = append(list, "--no-cache")
	}
	if f.TTL != "" {
		list = append(list, "--cache-ttl="+f.TTL)
	}
	if f.Key != nil {
		list = append(list, "--cache-key="+*f.Key)
	}
	return list
}

// buildSalt returns a salt that differs in each build.
func (in instruction) buildSalt() (string, error) {
	id := in.run.options.Policy.BuildID
	if id == "" {
		return "", diag.WithHint(errors.New("a step that runs in every build needs an id of the build"), "set Options.CachePolicy.BuildID")
	}
	return "build=" + id, nil
}

// now is the time of the build.
func (in instruction) now() (time.Time, error) {
	if epoch := in.run.options.Args.Epoch; epoch != nil {
		return *epoch, nil
	}
	now := in.run.options.Policy.Now
	if now.IsZero() {
		return now, diag.WithHint(errors.New("--cache-ttl needs the time of the build"), "set Options.CachePolicy.Now")
	}
	return now, nil
}

// identity identifies a step: by its text without Strata's flags, which can
// also be written as comments, and by its base image or stage.
func (in instruction) identity(c *instructions.RunCommand) string {
	text := c.String()
	for _, flag := range in.step.Instruction.Flags.Written {
		text = strings.Replace(text, flag, "", 1)
	}
	parts := []string{in.stage.node.From.Name, strings.Join(strings.Fields(text), " ")}
	for _, f := range c.Files {
		parts = append(parts, f.Data)
	}
	return strings.Join(parts, "\x00")
}

// period returns the number of the period that contains a time. The start of
// the periods depends on the step, so that not all steps expire at the same
// time. It depends on nothing else, so that all daemons agree.
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

// saltMount returns a mount that adds the salt to the cache key of a command.
// The id of an optional secret is part of the key. No client has a secret of
// this id, so nothing is mounted.
func saltMount(salt []string) *pb.Mount {
	id := saltName(salt)
	return ops.Secret("/run/secrets/"+id, &pb.SecretOpt{ID: id, Mode: 0o400, Optional: true})
}

// saltName returns a name that stands for a salt.
func saltName(salt []string) string {
	sum := sha256.Sum256([]byte(strings.Join(salt, "\x00")))
	return "strata.cache." + hex.EncodeToString(sum[:16])
}

func hasCacheMount(c *instructions.RunCommand) bool {
	return slices.ContainsFunc(instructions.GetMounts(c), func(m *instructions.Mount) bool {
		return m.Type == instructions.MountTypeCache
	})
}

// withFlags returns a keyword with Strata's flags as written.
func withFlags(keyword string, f syntax.Flags) string {
	return strings.Join(append([]string{keyword}, f.Written...), " ")
}
