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
	target := r.stages[r.graph.Target]
	sbom := SBOM{
		Core:    llb.NewState(target.Root).SetMarshalDefaults(r.defaults...),
		Extras:  map[string]llb.State{},
		NoCache: target.IgnoresCache(),
	}
	if target.ScanContext {
		sbom.Extras["context"] = llb.NewState(r.mainContext)
	}
	reachable := r.graph.Reachable()
	for _, s := range r.graph.Stages {
		stage := r.stages[s]
		if !reachable[s] || s == r.graph.Target || stage == nil || !stage.ScanStage {
			continue
		}
		sbom.Extras[s.Label] = llb.NewState(stage.Root)
		sbom.NoCache = sbom.NoCache || stage.IgnoresCache()
	}
	return sbom
}
