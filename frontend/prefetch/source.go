package prefetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"
	"google.golang.org/protobuf/proto"

	"github.com/stratabuild/strata/internal/guard"
)

// Solve solves each definition once. If a source is limited to a few files, it
// starts to read them.
func (c *Client) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if !onlyDefinition(req) {
		return c.Client.Solve(ctx, req)
	}
	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.Definition)
	if err != nil {
		return nil, err
	}
	return c.sources.do(ctx, string(key), func() (*client.Result, error) {
		c.solveSibling(req.Definition)
		res, err := c.Client.Solve(c.ctx, req)
		if err != nil {
			return nil, err
		}
		ref, err := res.SingleRef()
		if err != nil || ref == nil {
			return res, nil // not a single filesystem: the caller gets the error
		}
		local, names := localFiles(req.Definition)
		files := &reference{Reference: ref, client: c, local: local}
		files.readAll(names)
		res.SetRef(files)
		return res, nil
	})
}

func onlyDefinition(req client.SolveRequest) bool {
	return len(req.Definition.GetDef()) > 0 && req.Frontend == "" && !req.Evaluate &&
		len(req.CacheImports) == 0 && len(req.SourcePolicies) == 0
}

// localFiles returns the name of the local source that a definition consists
// of, empty for other definitions, and the files that the source is limited to.
// If names differ only in case, it returns the first: the others are read only
// if that file is missing.
func localFiles(def *pb.Definition) (local string, first []string) {
	local, attrs := localSource(def)
	var names []string
	if json.Unmarshal([]byte(attrs[pb.AttrFollowPaths]), &names) != nil {
		return local, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(first, func(n string) bool { return strings.EqualFold(n, name) }) {
			first = append(first, name)
		}
	}
	return local, first
}

// localSource returns the name and the attributes of the local source that a
// definition consists of. The name is empty for other definitions.
func localSource(def *pb.Definition) (name string, attrs map[string]string) {
	if len(def.Def) != 2 { // the source, and the op that refers to it
		return "", nil
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		return "", nil
	}
	name, isLocal := strings.CutPrefix(op.GetSource().GetIdentifier(), "local://")
	if !isLocal {
		return "", nil
	}
	return name, op.GetSource().GetAttrs()
}

// solveSibling starts to transfer the file beside the Dockerfile.
func (c *Client) solveSibling(def *pb.Definition) {
	if c.siblingSuffix == "" {
		return
	}
	go func() { // callers that need the file get the error
		_, _ = guard.Do(func() (*client.Result, error) {
			file, ok, err := SiblingTransfer(c.ctx, def, c.siblingSuffix)
			if err != nil || !ok {
				return nil, err
			}
			return c.Solve(c.ctx, client.SolveRequest{Definition: file})
		})
	}()
}

// SiblingTransfer returns the definition of a transfer of one file: the one beside the
// Dockerfile that has its name and a suffix. def is the transfer of the Dockerfile.
// ok is false if def is not a local source of this kind. Clients do not show the
// transfer.
func SiblingTransfer(ctx context.Context, def *pb.Definition, suffix string) (_ *pb.Definition, ok bool, err error) {
	local, names := localFiles(def)
	if len(names) == 0 || names[0] == dockerui.DefaultDockerignoreName || strings.HasSuffix(names[0], suffix) {
		return nil, false, nil
	}
	_, attrs := localSource(def)
	name := names[0] + suffix
	file, err := llb.Local(local,
		llb.SessionID(attrs[pb.AttrLocalSessionID]),
		llb.FollowPaths([]string{name}),
		// a key of its own: with the same key, this transfer would replace the
		// Dockerfile's files
		llb.SharedKeyHint(local+suffix),
		llb.Differ(llb.DiffNone, false),
		dockerui.WithInternalName("load "+name),
		llb.ProgressGroup("strata"+suffix, name, true),
	).Marshal(ctx)
	if err != nil {
		return nil, false, err
	}
	return file.ToPB(), true, nil
}

// reference remembers the files that were read from a solved source.
type reference struct {
	client.Reference
	client *Client
	local  string // the name of a local source, else empty
	stats  memo[*fstypes.Stat]
	reads  memo[[]byte]
}

// readAll starts to look at files and to read them, with the calls that dockerui
// makes one after the other. Callers that need a file get the error.
func (r *reference) readAll(names []string) {
	for _, name := range names {
		go func() {
			_, _ = guard.Do(func() (*fstypes.Stat, error) { return r.StatFile(r.client.ctx, client.StatRequest{Path: name}) })
		}()
		go func() {
			_, _ = guard.Do(func() ([]byte, error) { return dockerui.ReadFile(r.client.ctx, withoutStat{r}, name) })
		}()
	}
}

// withoutStat is a source of which dockerui reads a file without looking at it before.
// It reads no more of a large file than the part that shows its size.
type withoutStat struct{ *reference }

var errNoStat = errors.New("the file is read without its size")

// StatFile fails, so that dockerui reads the file without its size.
func (withoutStat) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return nil, errNoStat
}

// StatFile returns the stat of a file.
func (r *reference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	return r.stats.do(ctx, req.Path, func() (*fstypes.Stat, error) {
		return r.Reference.StatFile(r.client.ctx, req)
	})
}

// ReadFile reads a file, or a part of it. The data of an empty file is not nil:
// gRPC does not distinguish the two, but for dockerui a nil ignore file is
// missing.
func (r *reference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	key := req.Filename
	if part := req.Range; part != nil {
		key = fmt.Sprintf("%s %d %d", key, part.Offset, part.Length)
	}
	return r.reads.do(ctx, key, func() ([]byte, error) {
		data, err := r.Reference.ReadFile(r.client.ctx, req)
		if err == nil && data == nil {
			data = []byte{}
		}
		if err == nil {
			r.client.ignores.add(r.local, req.Filename, data)
		}
		return data, err
	})
}
