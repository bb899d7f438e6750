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
	"github.com/stratabuild/strata/llbconv"
)

// The requests that only Strata supports, for docker buildx build --call=cache
// and --call=graph.
var (
	cacheRequest = ownRequest("frontend.cache", "List the steps that a build would run, and why")
	graphRequest = ownRequest("frontend.graph", "Draw the stages and steps as a Mermaid diagram")
)

func ownRequest(name, description string) subrequests.Request {
	return subrequests.Request{
		Name:        name,
		Version:     "1.0.0",
		Type:        subrequests.TypeRPC,
		Description: description,
		Metadata:    []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}},
	}
}

// cache lists the steps that a build would run now.
func (b *build) cache(ctx context.Context) (*client.Result, error) {
	converted, err := b.convertAll(ctx, true)
	if err != nil {
		return nil, err
	}
	report, err := b.why.dryRun(ctx, converted.Advice)
	if err != nil {
		return nil, err
	}
	dt, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, err
	}
	return answerOf(cacheRequest, dt, insight.Table(report, path.Base(b.src.Filename))), nil
}

// graph draws the stages. Their steps have colours if there is an earlier build
// to compare with.
func (b *build) graph(ctx context.Context) (*client.Result, error) {
	converted, err := b.convertAll(ctx, false)
	if err != nil {
		return nil, err
	}
	var compared *insight.Report
	if report, err := b.why.dryRun(ctx, nil); err == nil {
		compared = &report
	}
	graph := insight.NewGraph(converted.Graph(), compared)
	dt, err := graph.JSON()
	if err != nil {
		return nil, err
	}
	return answerOf(graphRequest, dt, graph.Mermaid()), nil
}

// convertAll converts for all platforms like a build, and builds nothing. It
// returns the result for the first platform, with advice if the caller wants it.
func (b *build) convertAll(ctx context.Context, withAdvice bool) (first *llbconv.Result, err error) {
	c, err := b.parse(ctx)
	if err != nil {
		return nil, err
	}
	_, err = b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		opt := b.optionsOf(p, i)
		opt.Checks.Advice = withAdvice && i == 0
		converted, err := b.convert(ctx, c, opt)
		if err != nil {
			return nil, err
		}
		b.why.add(opt.Platforms.Target, converted)
		if i == 0 {
			first = converted
		}
		return &dockerui.BuildResult{Image: converted.Image}, nil
	})
	return first, err
}

// answerOf returns the answer to a request, as JSON and as text.
func answerOf(r subrequests.Request, data []byte, text string) *client.Result {
	res := client.NewResult()
	res.AddMeta("result.json", append(data, '\n'))
	res.AddMeta("result.txt", []byte(text))
	res.AddMeta("version", []byte(r.Version))
	return res
}
