package llbconv

import "github.com/moby/buildkit/client/llb"

// SBOM says what an SBOM scanner has to look at.
type SBOM struct {
	Core llb.State
	// Extras are further filesystems by name: other stages and the context.
	Extras map[string]llb.State
	// NoCache is set where the scan has to run again, as the steps before it do.
	NoCache bool
}

// SBOM returns what an SBOM scanner has to look at: the target, and of what it
// needs that for which the Dockerfile asks.
func (r *Result) SBOM() SBOM {
	graph := r.inputs.graph
	sbom := SBOM{
		Core:    r.State(),
		Extras:  map[string]llb.State{},
		NoCache: r.target().IgnoresCache(),
	}
	if r.stages[graph.Target.Index].ScanContext {
		sbom.Extras["context"] = llb.NewState(r.inputs.main.Content.State.Output())
	}
	for i, reachable := range graph.Reachable() {
		stage := r.stages[i]
		if !reachable || i == graph.Target.Index || stage == nil || !stage.ScanStage {
			continue
		}
		sbom.Extras[graph.Stages[i].Label] = llb.NewState(stage.State.Root)
		sbom.NoCache = sbom.NoCache || stage.State.IgnoresCache()
	}
	return sbom
}
