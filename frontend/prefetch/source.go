package prefetch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"
	"google.golang.org/protobuf/proto"

	"github.com/stratabuild/strata/internal/guard"
)

// Solve solves a definition that was solved before only once. A source that is
// limited to a few files is solved in order to read them, so that reading starts
// at once.
func (c *Client) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if !onlyDefinition(req) {
		return c.Client.Solve(ctx, req)
	}
	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.Definition)
	if err != nil {
		return nil, err
	}
	return c.sources.do(ctx, string(key), func() (*client.Result, error) {
		res, err := c.Client.Solve(c.ctx, req)
		if err != nil {
			return nil, err
		}
		ref, err := res.SingleRef()
		if err != nil || ref == nil {
			return res, nil // it is not one filesystem: the caller gets the error
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

// localFiles is the local source that a definition consists of, empty where it
// is something else, and the files that the source is limited to. Of names that
// differ in case only the first is listed: the others are read only where that
// one is missing.
func localFiles(def *pb.Definition) (local string, first []string) {
	if len(def.Def) != 2 { // the source, and what points at it
		return "", nil
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		return "", nil
	}
	local, isLocal := strings.CutPrefix(op.GetSource().GetIdentifier(), "local://")
	if !isLocal {
		return "", nil
	}
	var names []string
	if json.Unmarshal([]byte(op.GetSource().GetAttrs()[pb.AttrFollowPaths]), &names) != nil {
		return local, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(first, func(n string) bool { return strings.EqualFold(n, name) }) {
			first = append(first, name)
		}
	}
	return local, first
}

// reference remembers what was read of a solved source.
type reference struct {
	client.Reference
	client *Client
	local  string // the local source, empty for others
	stats  memo[*fstypes.Stat]
	reads  memo[[]byte]
}

// readAll starts to read files the way dockerui does.
func (r *reference) readAll(names []string) {
	for _, name := range names {
		go func() { // an error is returned to the callers that ask for the file
			_, _ = guard.Do(func() ([]byte, error) { return dockerui.ReadFile(r.client.ctx, r, name) })
		}()
	}
}

// StatFile returns the stat of a file.
func (r *reference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	return r.stats.do(ctx, req.Path, func() (*fstypes.Stat, error) {
		return r.Reference.StatFile(r.client.ctx, req)
	})
}

// ReadFile reads a file, or a part of it. An empty file is not nil, as dockerui
// takes nil for a missing ignore file, and gRPC makes no difference.
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
