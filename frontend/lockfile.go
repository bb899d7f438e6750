package frontend

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/stratabuild/strata/frontend/lock"
	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/source"
)

// lockKey is the name under which the result carries the lock of a build that looks
// all sources up again.
const lockKey = "frontend.strata.lock"

// sources returns the sources of conversions, with the lock if there is one.
func (b *build) sources(ctx context.Context) (llbconv.Sources, error) {
	s := request.Sources(ctx, b.ui, b.gateway.IgnoreFile)
	if b.lockMode == lock.Off {
		return s, nil
	}
	used, err := b.lock(ctx)
	if err != nil || used == nil {
		return s, err
	}
	s.Lock, s.Images = used, used.Images(b.gateway)
	b.why.setLock(used)
	return s, nil
}

// lock returns the lock that a build uses, or nil if it uses none.
func (b *build) lock(ctx context.Context) (*lock.Lock, error) {
	if b.lockMode == lock.Update {
		return b.newLock(ctx)
	}
	found, err := b.readLock(ctx)
	if err != nil {
		return nil, err
	}
	if b.lockMode != lock.Require {
		return found, nil
	}
	if found == nil {
		return nil, b.noLock(ctx)
	}
	found.Required = true
	return found, nil
}

// noLock is the error about a lock that is required and absent, or empty: the shell
// empties the file before a request that fails.
func (b *build) noLock(ctx context.Context) error {
	of := b.dockerfile()
	state := "there is no " + of.Lock()
	if text, err := b.lockText(ctx); err == nil && text != nil {
		state = of.Lock() + " is empty"
	}
	return fmt.Errorf("%s=%s, and %s (write it with %s)", lock.Arg, lock.Require, state, of.Write())
}

// variableName matches an instruction that may name a source with a variable.
var variableName = regexp.MustCompile(`(?im)^\s*(ONBUILD\s+)?(FROM|ADD)\s.*\$`)

// dockerfile describes the Dockerfile for messages about the lock.
func (b *build) dockerfile() lock.Dockerfile {
	of := lock.Dockerfile{Name: b.src.Filename, Variable: variableName.Match(b.src.Data)}
	for arg := range b.ui.BuildArgs {
		if !strings.HasPrefix(arg, "STRATA_") && !strings.HasPrefix(arg, "BUILDKIT_") {
			of.Options = []string{"--build-arg"}
		}
	}
	if len(b.ui.TargetPlatforms) > 0 {
		of.Options = append(of.Options, "--platform")
	}
	return of
}

// readLock reads the lock beside the Dockerfile. It returns nil if there is no
// lock.
func (b *build) readLock(ctx context.Context) (*lock.Lock, error) {
	text, err := b.lockText(ctx)
	if err != nil {
		return nil, fmt.Errorf("failed to read %s%s: %w", b.src.Filename, lock.Suffix, err)
	}
	if text == nil {
		return nil, nil
	}
	found, diags := lock.Parse(b.dockerfile(), text)
	return found, b.report.err(diags)
}

// lockText returns the text of the lock, nil if there is none. The transfer has usually
// been started already; the gateway client then returns its answer.
func (b *build) lockText(ctx context.Context) ([]byte, error) {
	res, err := b.gateway.Solve(ctx, client.SolveRequest{Definition: b.lockTransfer})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	name := b.src.Filename + lock.Suffix
	if _, err := ref.StatFile(ctx, client.StatRequest{Path: name}); err != nil {
		return nil, nil
	}
	text, err := dockerui.ReadFile(ctx, ref, name)
	return append([]byte{}, text...), err // not nil, also if the file is empty
}

// addLock adds a lock that the build has made to the result.
func (b *build) addLock(res *client.Result, used source.Lock) error {
	fresh, ok := used.(*lock.Lock)
	if !ok || b.lockMode != lock.Update {
		return nil
	}
	text, err := fresh.Marshal()
	if err != nil {
		return err
	}
	addJSON(res, lockKey, text)
	return nil
}

// addJSON adds JSON to the metadata of a result, in base64: clients decode that
// when they write their metadata files.
func addJSON(res *client.Result, key string, text []byte) {
	res.AddMeta(key, []byte(base64.StdEncoding.EncodeToString(text)))
}
