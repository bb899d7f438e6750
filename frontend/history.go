package frontend

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
)

// historyContext is the name of a build context with histories of other daemons.
const historyContext = "strata-history"

var historyRequest = ownRequest("frontend.history", "Print what is remembered of earlier builds, for another daemon")

// history prints the records of earlier builds.
func (b *build) history(ctx context.Context) (*client.Result, error) {
	if _, err := b.convertAll(ctx, false); err != nil {
		return nil, err
	}
	dt, err := b.why.history(ctx)
	if err != nil {
		return nil, fmt.Errorf("--call=history: %w", err)
	}
	return answerOf(historyRequest, dt, string(dt)+"\n"), nil
}

func (w *why) history(ctx context.Context) ([]byte, error) {
	if w.watch == nil {
		return nil, w.err
	}
	return w.watch.History(ctx, w.gather)
}

// historiesOf returns a function that loads the histories of the client, or nil.
func historiesOf(ui *dockerui.Client) func(context.Context) (*llb.State, error) {
	if _, ok := ui.BuildOpts().Opts["context:"+historyContext]; !ok {
		return nil
	}
	return func(ctx context.Context) (*llb.State, error) {
		named, err := ui.NamedContext(historyContext, dockerui.ContextOpt{})
		if named == nil || err != nil {
			return nil, err
		}
		st, _, err := named.Load(ctx)
		return st, err
	}
}
