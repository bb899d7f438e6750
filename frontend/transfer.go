package frontend

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"

	"github.com/stratabuild/strata/frontend/lock"
	"github.com/stratabuild/strata/frontend/prefetch"
)

// readDockerfile reads the Dockerfile. It also returns the definition of the transfer
// that brings the lock. The source map is part of the graph, so it is the one of a
// build without a lock.
//
// The lock comes with the Dockerfile. If the frontend was started for a syntax
// line, the frontend before it has transferred the Dockerfile already, and BuildKit
// does not transfer it again for the same definition: the lock comes in a transfer
// of its own, at the same time.
func readDockerfile(ctx context.Context, gateway *prefetch.Client, ui *dockerui.Client) (*dockerui.Source, *pb.Definition, error) {
	if isForwarded(ui.BuildOpts().Opts) {
		return readAgain(ctx, gateway, ui)
	}
	var option withLockFile
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile", &option)
	if err != nil {
		return nil, nil, err
	}
	transfer := src.Definition
	if option.added {
		src.Definition, err = withoutLockFile(transfer)
	}
	return src, transfer.ToPB(), err
}

// readAgain reads a Dockerfile that another frontend has read, and its lock.
func readAgain(ctx context.Context, gateway *prefetch.Client, ui *dockerui.Client) (*dockerui.Source, *pb.Definition, error) {
	if ui.BuildArgs[lock.Arg] != string(lock.Off) {
		gateway.ReadSibling(lock.Suffix)
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return nil, nil, err
	}
	def := src.Definition.ToPB()
	file, ok, err := prefetch.SiblingTransfer(ctx, def, lock.Suffix)
	if err != nil || !ok {
		return src, def, err
	}
	return src, file, nil
}

// withLockFile adds the lock to the files that are transferred with a Dockerfile.
type withLockFile struct {
	// added is set once the lock is added. A Dockerfile from a frontend input or from a
	// remote context is transferred without the option.
	added bool
}

// SetLocalOption adds the lock of the first file, which is the Dockerfile.
func (w *withLockFile) SetLocalOption(info *llb.LocalInfo) {
	var names []string
	if json.Unmarshal([]byte(info.FollowPaths), &names) == nil && len(names) > 0 {
		llb.FollowPaths(append(names, names[0]+lock.Suffix)).SetLocalOption(info)
		w.added = true
	}
}

// withoutLockFile returns the definition that a transfer has without withLockFile.
func withoutLockFile(def *llb.Definition) (*llb.Definition, error) {
	var local, end pb.Op
	if len(def.Def) != 2 {
		return def, nil
	}
	if err := local.UnmarshalVT(def.Def[0]); err != nil {
		return nil, err
	}
	if err := end.UnmarshalVT(def.Def[1]); err != nil {
		return nil, err
	}
	var names []string
	paths := local.GetSource().GetAttrs()[pb.AttrFollowPaths]
	if paths == "" || json.Unmarshal([]byte(paths), &names) != nil {
		return def, nil
	}
	plain, err := json.Marshal(slices.Delete(names, len(names)-1, len(names)))
	if err != nil {
		return nil, err
	}
	local.GetSource().Attrs[pb.AttrFollowPaths] = string(plain)

	var renamed renamedOps
	if err := renamed.add(def.Def[0], &local); err != nil {
		return nil, err
	}
	end.Inputs[0].Digest = string(digest.FromBytes(renamed.ops[0]))
	if err := renamed.add(def.Def[1], &end); err != nil {
		return nil, err
	}
	return renamed.definition(def), nil
}

// renamedOps are ops that were changed, and their new digests by the old ones.
type renamedOps struct {
	ops   [][]byte
	names map[digest.Digest]digest.Digest
}

func (r *renamedOps) add(before []byte, op *pb.Op) error {
	after, err := proto.MarshalOptions{Deterministic: true}.Marshal(op) // as package llb does
	if r.names == nil {
		r.names = map[digest.Digest]digest.Digest{}
	}
	r.ops = append(r.ops, after)
	r.names[digest.FromBytes(before)] = digest.FromBytes(after)
	return err
}

// definition is def with the changed ops.
func (r *renamedOps) definition(def *llb.Definition) *llb.Definition {
	out := &llb.Definition{Def: r.ops, Metadata: map[digest.Digest]llb.OpMetadata{}, Constraints: def.Constraints}
	for old, md := range def.Metadata {
		out.Metadata[r.names[old]] = md
	}
	if def.Source != nil {
		out.Source = &pb.Source{Infos: def.Source.Infos, Locations: maps.Clone(def.Source.Locations)}
		for old, at := range def.Source.Locations {
			delete(out.Source.Locations, old)
			out.Source.Locations[string(r.names[digest.Digest(old)])] = at
		}
	}
	return out
}
