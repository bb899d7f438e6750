package ahead

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
)

// Solve solves a definition that was solved before only once. A source of which
// only a few files are taken is solved in order to read them, so reading starts
// at once.
func (c *Client) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if !onlyDefinition(req) {
		return c.Client.Solve(ctx, req)
	}
	def := req.Definition.Def
	return c.sources.do(ctx, string(def[len(def)-1]), func() (*client.Result, error) {
		res, err := c.Client.Solve(c.ctx, req)
		if err != nil {
			return nil, err
		}
		ref, err := res.SingleRef()
		if err != nil || ref == nil {
			return res, nil // it is not one filesystem, and whoever asks is told
		}
		files := &reference{Reference: ref, client: c}
		res.SetRef(files)
		for _, name := range wanted(req.Definition) {
			files.readAhead(name)
		}
		return res, nil
	})
}

func onlyDefinition(req client.SolveRequest) bool {
	return len(req.Definition.GetDef()) > 0 && req.Frontend == "" && !req.Evaluate &&
		len(req.CacheImports) == 0 && len(req.SourcePolicies) == 0
}

// wanted are the files that a definition is limited to, where it is one local
// source. Of names that differ in case only the first counts: the others are
// for where it is not there.
func wanted(def *pb.Definition) []string {
	if len(def.Def) != 2 { // the source, and what points at it
		return nil
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		return nil
	}
	var names, first []string
	if json.Unmarshal([]byte(op.GetSource().GetAttrs()[pb.AttrFollowPaths]), &names) != nil {
		return nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(first, func(n string) bool { return strings.EqualFold(n, name) }) {
			first = append(first, name)
		}
	}
	return first
}

// reference remembers what was read of a solved source.
type reference struct {
	client.Reference
	client *Client
	stats  memo[*fstypes.Stat]
	reads  memo[[]byte]
}

// readAhead starts to look for a file and to read it the way dockerui does,
// both at once.
func (r *reference) readAhead(name string) {
	ctx := r.client.ctx
	go func() { _, _ = r.StatFile(ctx, client.StatRequest{Path: name}) }()
	go func() { _, _ = dockerui.ReadFile(ctx, unseen{r}, name) }()
}

// StatFile tells about a file.
func (r *reference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	return r.stats.do(ctx, req.Path, func() (*fstypes.Stat, error) {
		return r.Reference.StatFile(r.client.ctx, req)
	})
}

// ReadFile reads a file, or a part of it.
func (r *reference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	key := req.Filename
	if part := req.Range; part != nil {
		key = fmt.Sprintf("%s %d %d", key, part.Offset, part.Length)
	}
	return r.reads.do(ctx, key, func() ([]byte, error) {
		return r.Reference.ReadFile(r.client.ctx, req)
	})
}

// unseen is a reference whose files nobody can look at before reading them.
type unseen struct{ *reference }

// StatFile always fails.
func (unseen) StatFile(_ context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	return nil, fmt.Errorf("%s is read without a look at it", req.Path)
}
