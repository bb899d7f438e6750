package lower

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/remote"
)

// A Remote is a source that an ADD fetches.
type Remote struct {
	Source  remote.Source // as the Dockerfile names it
	Options remote.Options
	// State is its content, pinned where a lock or the Dockerfile pins it.
	State    llb.State
	Location []parser.Range
}

// remoteState returns the content of a remote source, pinned where the lock has it.
func (in instruction) remoteState(src remote.Source, o remote.Options) (llb.State, error) {
	r := Remote{Source: src, Options: o, Location: in.location()}
	if lock := in.run.options.Lock; lock != nil && !src.IsPinned(o) {
		if pin, ok := lock.Pin(src.Identifier()); ok {
			src, o = src.Pin(o, pin)
		}
	}
	var err error
	r.State, err = src.State(o)
	in.run.done.Remotes = append(in.run.done.Remotes, r)
	return r.State, err
}
