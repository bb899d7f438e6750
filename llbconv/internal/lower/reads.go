package lower

import (
	"path"
	"slices"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// Reads holds the paths that the steps of a build read from contexts and
// stages.
type Reads struct {
	// Context are the paths of the main build context.
	Context PathSet
	// Stages are the paths of other filesystems, by the index of the first
	// stage in a chain of bases. The stages of a chain share their paths.
	Stages map[int]PathSet
}

func newReads() Reads { return Reads{Context: PathSet{}, Stages: map[int]PathSet{}} }

// add records that paths of a stage are read.
func (r Reads) add(g *plan.Graph, s *plan.Stage, paths ...string) {
	r.pathsOf(g, s).add(paths...)
}

// pathsOf returns the paths of the chain of bases that a stage belongs to.
func (r Reads) pathsOf(g *plan.Graph, s *plan.Stage) PathSet {
	root := g.RootOf(s).Index
	if r.Stages[root] == nil {
		r.Stages[root] = PathSet{}
	}
	return r.Stages[root]
}

// addAll records that all paths of a stage may be read.
func (r Reads) addAll(g *plan.Graph, s *plan.Stage) { r.pathsOf(g, s)["/"] = struct{}{} }

// A PathSet is a set of paths from the root of a context. The root stands for
// all paths.
type PathSet map[string]struct{}

func (p PathSet) add(paths ...string) {
	for _, name := range paths {
		p[plan.FromRoot(name)] = struct{}{}
	}
}

// LocalOptions returns options that limit a transfer to the paths of the set.
// There are none if all paths may be read, or if no path is known.
func (p PathSet) LocalOptions() []llb.LocalOption {
	if _, all := p["/"]; all || len(p) == 0 {
		return nil
	}
	paths := make([]string, 0, len(p))
	for name := range p {
		paths = append(paths, path.Join(".", name))
	}
	slices.Sort(paths)
	return []llb.LocalOption{llb.FollowPaths(paths)}
}
