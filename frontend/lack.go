package frontend

import (
	"errors"
	"maps"
	"slices"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
)

// locateLack adds to the error of a build that needs more than the builder has
// which lines need it.
func locateLack(err error, def *pb.Definition) error {
	var lack *apicaps.CapError
	if !errors.As(err, &lack) || def.Source == nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(def.Source.Locations)) {
		if !def.Metadata[id].GetCaps()[string(lack.ID)] {
			continue
		}
		for _, l := range def.Source.Locations[id].Locations {
			err = errdefs.WithSource(err, &errdefs.Source{Info: def.Source.Infos[l.SourceIndex], Ranges: l.Ranges})
		}
	}
	return err
}
