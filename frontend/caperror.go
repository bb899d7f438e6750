package frontend

import (
	"errors"
	"slices"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

// locateCapError adds source lines to an error about a capability that the
// daemon does not have. They are the lines of the ops that need it. An op
// without lines, such as a Git source, has those of the ops that read from it.
func locateCapError(err error, def *pb.Definition) error {
	var missing *apicaps.CapError
	if !errors.As(err, &missing) || def.Source == nil {
		return err
	}
	var unplaced []string
	for _, dt := range def.Def { // each op after its inputs
		id := digest.FromBytes(dt).String()
		needs := def.Metadata[id].GetCaps()[string(missing.ID)]
		if !needs && !readsFrom(dt, unplaced) {
			continue
		}
		at := def.Source.Locations[id].GetLocations()
		if len(at) == 0 && needs {
			unplaced = append(unplaced, id)
		}
		for _, l := range at {
			err = errdefs.WithSource(err, &errdefs.Source{Info: def.Source.Infos[l.SourceIndex], Ranges: l.Ranges})
		}
	}
	return err
}

func readsFrom(dt []byte, ids []string) bool {
	var op pb.Op
	if len(ids) == 0 || proto.Unmarshal(dt, &op) != nil {
		return false
	}
	return slices.ContainsFunc(op.Inputs, func(in *pb.Input) bool { return slices.Contains(ids, in.Digest) })
}
