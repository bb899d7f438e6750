package request

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/patternmatcher"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/stratabuild/strata/llbconv/advice"
)

// listing is the file in which BuildKit lists the files of a transfer, even those
// whose content was not transferred.
const listing = ".fsutil-metadata"

// maxRead is the size of the largest file whose content is read.
const maxRead = 1 << 20

var errNoListing = errors.New("the files of the build context cannot be listed")

// Files lists the files of the main context that the patterns select. Only their names
// are transferred, and the content of those that are read. Files returns an error if the
// context is not a local directory, or if the daemon cannot transfer names alone.
func Files(ctx context.Context, ui *dockerui.Client, patterns advice.Patterns) (advice.Files, error) {
	caps := ui.BuildOpts().LLBCaps
	if caps.Supports(pb.CapSourceMetadataTransfer) != nil {
		return nil, errNoListing
	}
	ignore, err := ui.DockerIgnorePatterns(ctx)
	if err != nil {
		return nil, err
	}
	def, err := LocalContext(ctx, ui,
		llb.IncludePatterns(patterns.Listed),
		llb.ExcludePatterns(slices.Concat(ignore, patterns.NotListed)),
		llb.MetadataOnlyTransfer(patterns.Read),
		llb.SharedKeyHint(dockerui.DefaultLocalNameContext+"-advice"),
		dockerui.WithInternalName("list files of the build context"),
	)
	if err != nil {
		return nil, err
	}
	if def == nil {
		return nil, errNoListing
	}
	res, err := ui.GatewayClient().Solve(ctx, client.SolveRequest{Definition: def})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	return readFiles(ctx, ref, patterns.Read)
}

// LocalContext returns the definition of the main context, nil if it is not a local
// directory. The options limit the transfer; without any, it has all files.
func LocalContext(ctx context.Context, ui *dockerui.Client, options ...llb.LocalOption) (*pb.Definition, error) {
	st, err := ui.MainContext(ctx, options...)
	if err != nil {
		return nil, err
	}
	marshalled, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	def := marshalled.ToPB()
	if !isLocal(def) {
		return nil, nil
	}
	return def, nil
}

// isLocal reports whether a definition is a directory of the client, and nothing
// else.
func isLocal(def *pb.Definition) bool {
	var op pb.Op
	return len(def.Def) == 2 && op.UnmarshalVT(def.Def[0]) == nil && strings.HasPrefix(op.GetSource().GetIdentifier(), "local://")
}

func readFiles(ctx context.Context, ref client.Reference, patterns []string) (advice.Files, error) {
	data, err := ref.ReadFile(ctx, client.ReadRequest{Filename: listing})
	if err != nil {
		return nil, err
	}
	files, sizes, err := parseListing(data)
	if err != nil {
		return nil, err
	}
	read, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if matches, err := read.MatchesOrParentMatches(name); err != nil || !matches || sizes[name] > maxRead {
			continue
		}
		content, err := ref.ReadFile(ctx, client.ReadRequest{Filename: name})
		if err != nil {
			return nil, err
		}
		files[name] = string(content)
	}
	return files, nil
}

// parseListing reads the stats of files. The length of each stat stands before it.
func parseListing(data []byte) (advice.Files, map[string]int64, error) {
	files, sizes := advice.Files{}, map[string]int64{}
	for len(data) >= 4 {
		n := int(binary.LittleEndian.Uint32(data))
		if data = data[4:]; n > len(data) {
			return nil, nil, errNoListing
		}
		var stat fstypes.Stat
		if err := stat.UnmarshalVT(data[:n]); err != nil {
			return nil, nil, err
		}
		data = data[n:]
		if fs.FileMode(stat.Mode).IsRegular() {
			files[stat.Path], sizes[stat.Path] = "", stat.Size
		}
	}
	return files, sizes, nil
}
