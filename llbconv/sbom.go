package llbconv

import "github.com/moby/buildkit/client/llb"

// SBOM lists what an SBOM scanner has to scan.
type SBOM struct {
	Core llb.State
	// Extras are further filesystems by name: other stages and the build
	// context.
	Extras map[string]llb.State
	// NoCache is set if the scan has to ignore the cache, as the steps before
	// it do.
	NoCache bool
}

// SBOM returns what an SBOM scanner has to scan: the target, and the stages and
// the context that the Dockerfile marks for it with the scan args.
func (r *Result) SBOM() SBOM {
	graph := r.inputs.graph
	sbom := SBOM{
		Core:    r.State(),
		Extras:  map[string]llb.State{},
		NoCache: r.target().IgnoresCache(),
	}
	if r.lowered.Stages[graph.Target.Index].ScanContext {
		sbom.Extras["context"] = llb.NewState(r.inputs.main.Content.State.Output())
	}
	for i, reachable := range graph.Reachable() {
		stage := r.lowered.Stages[i]
		if !reachable || i == graph.Target.Index || stage == nil || !stage.ScanStage {
			continue
		}
		sbom.Extras[graph.Stages[i].Label] = llb.NewState(stage.State.Root)
		sbom.NoCache = sbom.NoCache || stage.State.IgnoresCache()
	}
	return sbom
}
