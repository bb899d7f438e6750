package difftest

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// filesOf returns the files of a definition that is one source, with at most copies of it.
func (c Case) filesOf(def *pb.Definition) (map[string][]byte, error) {
	var source string
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, err
		}
		switch {
		case op.GetSource() != nil && source == "":
			source = op.GetSource().Identifier
		case op.GetSource() != nil || op.GetExec() != nil:
			return nil, nil
		}
	}
	scheme, name, _ := strings.Cut(source, "://")
	switch scheme {
	case "local":
		if text, ok := c.Options.ContextIgnores[name]; ok {
			return map[string][]byte{".dockerignore": []byte(text)}, nil
		}
		return c.mainFiles(), nil
	case "http", "https":
		return c.httpFiles(source)
	}
	return c.mainFiles(), nil
}

// mainFiles are the files of the build context that a frontend reads.
func (c Case) mainFiles() map[string][]byte {
	name := cmp.Or(c.Options.StoredAs, c.Options.Opts["filename"], "Dockerfile")
	files := map[string][]byte{name: c.Dockerfile}
	if c.OwnIgnore != nil {
		files[name+".dockerignore"] = c.OwnIgnore
	}
	if lock := c.Options.Lock; lock != nil {
		files[name+".lock"] = []byte(*lock)
	}
	if c.Dockerignore != nil {
		files[".dockerignore"] = c.Dockerignore
	}
	return files
}

// httpFiles returns the content of a URL: the case's archive or text, else its Dockerfile. A context that is an
// archive is unpacked, so its files are there as well.
func (c Case) httpFiles(url string) (map[string][]byte, error) {
	files := map[string][]byte{}
	src := c.Options.HTTP[url]
	body := []byte(src.Body)
	switch {
	case src.Tar != nil:
		var err error
		if body, err = archiveOf(src.Tar); err != nil {
			return nil, err
		}
		files = c.mainFiles()
	case src.Body == "":
		body = c.Dockerfile
	}
	base := path.Base(strings.SplitN(url, "?", 2)[0])
	for _, name := range []string{"context", "__unnamed__", base} {
		files[name] = body
	}
	return files, nil
}

// archiveOf writes an archive of empty files with the times given.
func archiveOf(times map[string]int64) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(times)) {
		hdr := &tar.Header{Name: name, Mode: 0o644, ModTime: time.Unix(times[name], 0)}
		if err := w.WriteHeader(hdr); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return buf.Bytes(), err
}

// gitMetadata answers with a commit object that holds the case's time.
func (c Case) gitMetadata(op *pb.SourceOp) (*sourceresolver.MetaResponse, error) {
	src, ok := c.Options.Git[strings.TrimPrefix(op.Identifier, "git://")]
	switch {
	case !ok:
		return nil, fmt.Errorf("no repository %s", op.Identifier)
	case src.Error != "":
		return nil, errors.New(src.Error)
	}
	sum := digest.FromString(op.Identifier).Encoded()[:40]
	res := &sourceresolver.ResolveGitResponse{Checksum: sum}
	if src.Commit != 0 {
		res.CommitObject = fmt.Appendf(nil,
			"tree %s\nauthor A <a@example.com> %d +0000\ncommitter C <c@example.com> %d +0000\n\nmessage\n",
			sum, src.Commit-60, src.Commit)
	}
	return &sourceresolver.MetaResponse{Op: op, Git: res}, nil
}

// httpMetadata answers with the case's modification time.
func (c Case) httpMetadata(op *pb.SourceOp) (*sourceresolver.MetaResponse, error) {
	src, ok := c.Options.HTTP[op.Identifier]
	switch {
	case !ok:
		return nil, fmt.Errorf("no such URL %s", op.Identifier)
	case src.Error != "":
		return nil, errors.New(src.Error)
	}
	return &sourceresolver.MetaResponse{Op: op, HTTP: &sourceresolver.ResolveHTTPResponse{
		Digest:       digest.FromString(op.Identifier),
		LastModified: timeOf(src.LastModified),
	}}, nil
}

// Ref is the result of a solve: the definition, and the files if it is a source.
type Ref struct {
	// Definition is what was solved.
	Definition *pb.Definition
	files      map[string][]byte
	count      func(string)
}

var _ client.Reference = (*Ref)(nil)

// ToState returns the definition as a state.
func (r *Ref) ToState() (llb.State, error) {
	op, err := llb.NewDefinitionOp(r.Definition)
	if err != nil {
		return llb.State{}, err
	}
	return llb.NewState(op), nil
}

// Evaluate does nothing: there is nothing to run.
func (r *Ref) Evaluate(context.Context) error { return nil }

// ReadFile returns a file of the source, or the range of it that was asked for.
func (r *Ref) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	r.count("ReadFile")
	r.count("ReadFile " + req.Filename)
	data, ok := r.files[strings.TrimPrefix(req.Filename, "/")]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: req.Filename, Err: fs.ErrNotExist}
	}
	if rng := req.Range; rng != nil {
		start := min(max(rng.Offset, 0), len(data))
		data = data[start:min(start+rng.Length, len(data))]
	}
	return slices.Clone(data), nil
}

// StatFile returns the size of a file of the source.
func (r *Ref) StatFile(_ context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	r.count("StatFile")
	data, ok := r.files[strings.TrimPrefix(req.Path, "/")]
	if !ok {
		return nil, &fs.PathError{Op: "stat", Path: req.Path, Err: fs.ErrNotExist}
	}
	return &fstypes.Stat{Path: req.Path, Size: int64(len(data)), Mode: 0o644}, nil
}

// ReadDir lists the files of a folder of the source.
func (r *Ref) ReadDir(_ context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	r.count("ReadDir")
	var files []*fstypes.Stat
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		if path.Dir(name) == path.Clean(req.Path) {
			files = append(files, &fstypes.Stat{Path: path.Base(name), Size: int64(len(r.files[name])), Mode: 0o644})
		}
	}
	return files, nil
}
