package frontend

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
)

// reporter turns diagnostics into BuildKit's warnings and errors. It is the
// only place that does.
type reporter struct {
	src *dockerui.Source

	mu   sync.Mutex
	sent chan struct{} // closed when the client has all warnings so far
	own  map[ownWarning]bool
}

// An ownWarning identifies a warning that is not a lint rule.
type ownWarning struct {
	code, text string
	line       int
}

func newReporter(src *dockerui.Source) *reporter {
	r := &reporter{src: src, sent: make(chan struct{}), own: map[ownWarning]bool{}}
	close(r.sent)
	return r
}

// warn sends the warnings of a list to the client, after those of earlier
// lists, while the build continues. It also does so after another platform has
// failed, as the warnings may explain the failure.
func (r *reporter) warn(ctx context.Context, diags diag.List) {
	warnings := diags.Warnings()
	if len(warnings) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if warnings = slices.DeleteFunc(warnings, r.repeats); len(warnings) == 0 {
		return
	}
	before, done := r.sent, make(chan struct{})
	r.sent = done
	go func() {
		defer close(done)
		<-before
		// A warning that cannot be sent does not stop the build.
		_, _ = guard.Do(func() (any, error) { r.send(ctx, warnings); return nil, nil })
	}()
}

// repeats reports whether a warning was sent for another platform. Lint rules run for
// one platform only.
func (r *reporter) repeats(d diag.Diagnostic) bool {
	if d.Kind.Rule {
		return false
	}
	w := ownWarning{d.Kind.Code, d.Text(), d.Line()}
	repeats := r.own[w]
	r.own[w] = true
	return repeats
}

// flush waits until the client has all warnings, or ctx is done.
func (r *reporter) flush(ctx context.Context) {
	r.mu.Lock()
	sent := r.sent
	r.mu.Unlock()
	select {
	case <-sent:
	case <-ctx.Done():
	}
}

func (r *reporter) send(ctx context.Context, warnings diag.List) {
	for _, d := range warnings {
		text := linter.LintFormatShort(d.Kind.Code, d.Text(), d.Line())
		r.src.Warn(ctx, text, client.WarnOpts{
			Level:  1,
			Detail: [][]byte{[]byte(d.Kind.Detail)},
			URL:    d.Kind.URL,
			Range:  diag.Ranges(d.Range),
		})
	}
}

// err returns the errors of a list as one error. The client shows it with the
// source lines of each.
func (r *reporter) err(diags diag.List) error {
	return r.wrap(diags.Err())
}

// wrap adds the source lines of an error to it.
func (r *reporter) wrap(err error) error {
	var many *diag.Errors
	var located *parser.LocationError
	s := sourcedError{error: err}
	if errors.As(err, &many) {
		for _, d := range many.Diagnostics {
			for _, ranges := range d.Ranges() {
				s.add(cmp.Or(d.File, r.src.SourceMap), ranges)
			}
		}
	} else if errors.As(err, &located) {
		for _, ranges := range located.Locations {
			s.add(r.src.SourceMap, ranges)
		}
	}
	return s.error
}

// sourcedError is an error to which source lines are added, up to maxSources
// bytes of them.
type sourcedError struct {
	error
	size int
}

func (s *sourcedError) add(sm *llb.SourceMap, ranges []parser.Range) {
	if sm == nil {
		return
	}
	info := &pb.SourceInfo{Data: excerpt(sm.Data, ranges), Filename: sm.Filename, Language: sm.Language}
	if s.size += len(info.Data); s.size > maxSources {
		return
	}
	if sm.Definition != nil { // an ignore file has none
		info.Definition = sm.Definition.ToPB()
	}
	s.error = errdefs.WithSource(s.error, &errdefs.Source{Info: info, Ranges: diag.Ranges(ranges)})
}
