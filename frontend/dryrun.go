package frontend

import (
	"context"
	"encoding/json"
	"path"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/insight"
)

// cacheRequest asks what a build would do, as docker buildx build --call=cache.
var cacheRequest = subrequests.Request{
	Name:        "frontend.cache",
	Version:     "1.0.0",
	Type:        subrequests.TypeRPC,
	Description: "List the steps that a build would run, and why",
	Metadata: []subrequests.Named{
		{Name: "result.json"},
		{Name: "result.txt"},
	},
}

// cache converts for all platforms, builds nothing, and compares with earlier
// builds.
func (b *build) cache(ctx context.Context) (*client.Result, error) {
	c, err := b.parse(ctx)
	if err != nil {
		return nil, err
	}
	_, err = b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		built, _, err := b.marshal(ctx, c, b.optionsOf(p, i))
		return built, err
	})
	if err != nil {
		return nil, err
	}
	report, err := b.why.dryRun(ctx)
	if err != nil {
		return nil, err
	}
	dt, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.json", append(dt, '\n'))
	res.AddMeta("result.txt", []byte(insight.Table(report, path.Base(b.src.Filename))))
	res.AddMeta("version", []byte(cacheRequest.Version))
	return res, nil
}
