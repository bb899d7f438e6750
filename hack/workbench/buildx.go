package workbench

import (
	"path/filepath"

	"github.com/stratabuild/strata/hack/internal/host"
)

// buildxBuilder is the name of the shared daemon in buildx.
const buildxBuilder = "strata"

// buildxConfig is the workbench's configuration folder of buildx, so that the
// user's builders are not changed.
func (s state) buildxConfig() string { return s.path("buildx") }

// writeBuildxBuilder writes the same file as "buildx create --driver remote", so
// that only programs that use buildx have to build it.
func (b *Env) writeBuildxBuilder() error {
	node := map[string]string{"Name": buildxBuilder + "0", "Endpoint": b.main.Addr()}
	return host.WriteJSON(filepath.Join(b.state.buildxConfig(), "instances", buildxBuilder),
		map[string]any{"Name": buildxBuilder, "Driver": "remote", "Nodes": []any{node}})
}
