package request

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/gitutil/gitobject"
	"github.com/moby/go-archive/compression"
)

// Time returns when a source was last changed: the commit time of a Git source,
// the Last-Modified time of an HTTP source, or else the time of the newest file
// in its archive. It returns nil if there is none of them.
func (c *contexts) Time(ctx context.Context, st llb.State, name string) (*time.Time, error) {
	caps := llb.WithCaps(c.client.BuildOpts().Caps)
	op, err := onlySource(ctx, st, caps)
	if err != nil || op == nil {
		return nil, err
	}
	opt := sourceresolver.Opt{LogName: name}
	if strings.HasPrefix(op.Identifier, "git://") {
		opt.GitOpt = &sourceresolver.ResolveGitOpt{ReturnObject: true}
	}
	gw := c.client.GatewayClient()
	meta, err := gw.ResolveSourceMetadata(ctx, &pb.SourceOp{Identifier: op.Identifier, Attrs: maps.Clone(op.Attrs)}, opt)
	if err != nil {
		return nil, err
	}
	if meta.Git != nil && len(meta.Git.CommitObject) > 0 {
		return commitTime(meta.Git.CommitObject)
	}
	if meta.HTTP != nil && meta.HTTP.LastModified != nil {
		return meta.HTTP.LastModified, nil
	}
	filename := op.Attrs[pb.AttrHTTPFilename]
	isHTTP := strings.HasPrefix(op.Identifier, "http://") || strings.HasPrefix(op.Identifier, "https://")
	if !isHTTP || filename == "" {
		return nil, nil
	}
	data, err := download(ctx, gw, op, filename, caps)
	if err != nil {
		return nil, err
	}
	return newestFile(data), nil
}

// onlySource returns the source op of a state, nil if there is not exactly one.
func onlySource(ctx context.Context, st llb.State, caps llb.ConstraintsOpt) (*pb.SourceOp, error) {
	def, err := st.Marshal(ctx, caps)
	if err != nil {
		return nil, err
	}
	var found *pb.SourceOp
	for _, dt := range def.ToPB().Def {
		var op pb.Op
		if err := op.Unmarshal(dt); err != nil {
			return nil, err
		}
		src := op.GetSource()
		if src == nil {
			continue
		}
		if found != nil {
			return nil, nil
		}
		found = src
	}
	return found, nil
}

func commitTime(object []byte) (*time.Time, error) {
	parsed, err := gitobject.Parse(object)
	if err != nil {
		return nil, err
	}
	commit, err := parsed.ToCommit()
	if err != nil {
		return nil, err
	}
	return commit.Committer.When, nil
}

func download(ctx context.Context, gw client.Client, op *pb.SourceOp, filename string, caps llb.ConstraintsOpt) ([]byte, error) {
	source := llb.NewSource(op.Identifier, maps.Clone(op.Attrs), llb.Constraints{})
	def, err := llb.NewState(source.Output()).Marshal(ctx, caps)
	if err != nil {
		return nil, err
	}
	res, err := gw.Solve(ctx, client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	return dockerui.ReadFile(ctx, ref, filename)
}

// newestFile returns the time of the newest regular file in an archive, nil if
// the data is not an archive.
func newestFile(data []byte) *time.Time {
	plain, err := compression.DecompressStream(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	defer plain.Close()
	var newest *time.Time
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return newest
		}
		if err != nil {
			return nil
		}
		if t := header.ModTime.UTC(); header.FileInfo().Mode().IsRegular() && (newest == nil || t.After(*newest)) {
			newest = &t
		}
	}
}
