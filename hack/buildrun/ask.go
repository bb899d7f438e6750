package buildrun

import (
	"context"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

// Ask sends a request about the Dockerfile, with the option requestid. The answer
// is the metadata of the result.
func Ask(ctx context.Context, c *client.Client, b Build) (map[string][]byte, error) {
	opt, err := b.solveOpt()
	if err != nil {
		return nil, err
	}
	request := gateway.SolveRequest{Frontend: opt.Frontend, FrontendOpt: opt.FrontendAttrs}
	opt.Frontend, opt.FrontendAttrs = "", nil
	var answer map[string][]byte
	_, err = c.Build(ctx, opt, "", func(ctx context.Context, gw gateway.Client) (*gateway.Result, error) {
		res, err := gw.Solve(ctx, request)
		if err != nil {
			return nil, err
		}
		answer = res.Metadata
		return gateway.NewResult(), nil
	}, nil)
	return answer, err
}
