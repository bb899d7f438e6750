package ahead

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	fstypes "github.com/tonistiigi/fsutil/types"
	"google.golang.org/protobuf/proto"

	"github.com/stratabuild/strata/internal/guard"
)

// Solve solves a definition that was solved before only once. A source of which
// only a few files are taken is solved in order to read them, so reading starts
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
			return res, nil // it is not one filesystem, and whoever asks is told
		}
		files := &reference{Reference: ref, client: c}
		files.local, files.names = localFiles(req.Definition)
		files.readAhead()
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
// differ in case only the first counts: the others are for where it is not
// there.
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
	local  string   // the local source, empty for others
	names  []string // of the files that are read ahead
	stats  memo[*fstypes.Stat]
	reads  memo[[]byte]
}

// readAhead starts to read the files.
func (r *reference) readAhead() {
	for _, name := range r.names {
		go func() { // an error is for those who ask for the file
			_, _ = guard.Do(func() ([]byte, error) { return r.whole(r.client.ctx, name) })
		}()
	}
}

// whole reads a file the way dockerui does.
func (r *reference) whole(ctx context.Context, name string) ([]byte, error) {
	return dockerui.ReadFile(ctx, unseen{r}, name)
}

// StatFile tells about a file. dockerui asks for the size of each file before
// it reads it; of one that is read ahead, the size is known without asking.
func (r *reference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	if slices.Contains(r.names, req.Path) {
		data, err := r.whole(ctx, req.Path)
		if err == nil {
			return &fstypes.Stat{Path: req.Path, Size: int64(len(data))}, nil
		}
		if isMissing(err) {
			return nil, err
		}
	}
	return r.stats.do(ctx, req.Path, func() (*fstypes.Stat, error) {
		return r.Reference.StatFile(r.client.ctx, req)
	})
}

// isMissing knows the error for a file that is not there. From a daemon it
// comes as text.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(err.Error(), syscall.ENOENT.Error())
}

// ReadFile reads a file, or a part of it. What is empty is not nil, by which
// dockerui would take an empty ignore file for a missing one: the wire knows no
// difference.
func (r *reference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	key := req.Filename
	if part := req.Range; part != nil {
		key = fmt.Sprintf("%s %d %d", key, part.Offset, part.Length)
	}
	return r.reads.do(ctx, key, func() ([]byte, error) {
		if r.lacksIgnoreFile(req.Filename) {
			return nil, &fs.PathError{Op: "open", Path: req.Filename, Err: fs.ErrNotExist}
		}
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

// lacksIgnoreFile knows that an ignore file is not there which would be for one
// of the files alone, as few have one. The folder is smaller and sooner read than
// the error of a daemon.
func (r *reference) lacksIgnoreFile(name string) bool {
	of, ok := strings.CutSuffix(name, dockerui.DefaultDockerignoreName)
	if !ok || !slices.Contains(r.names, of) {
		return false
	}
	files, err := r.Reference.ReadDir(r.client.ctx, client.ReadDirRequest{Path: path.Dir(name)})
	return err == nil && !slices.ContainsFunc(files, func(f *fstypes.Stat) bool { return f.Path == path.Base(name) })
}

// unseen is a reference whose files are read without a look at them before.
type unseen struct{ *reference }

// StatFile always fails.
func (unseen) StatFile(_ context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	return nil, fmt.Errorf("%s is read without a look at it", req.Path)
}
