package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/convertllb"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// A subrequest is a request of the client for information about a build.
type subrequest struct {
	subrequests.Request
	answer func(*build, context.Context) (*client.Result, error)
}

// supportedRequests lists all subrequests. It is a function because describe,
// which is one of them, calls it.
func supportedRequests() []subrequest {
	return []subrequest{
		{outline.SubrequestsOutlineDefinition, (*build).outline},
		{targets.SubrequestsTargetsDefinition, (*build).targets},
		{lint.SubrequestLintDefinition, (*build).lint},
		{convertllb.SubrequestConvertLLBDefinition, (*build).convertLLB},
		{cacheRequest, (*build).cache},
		{graphRequest, (*build).graph},
		{historyRequest, (*build).history},
		{fixRequest, (*build).fix},
		{sarifRequest, (*build).sarif},
		{lockRequest, (*build).printLock},
		{lockCheckRequest, (*build).checkLock},
		{subrequests.SubrequestsDescribeDefinition, (*build).describe},
	}
}

// handleRequest answers the request of the option requestid. ok is false if the
// client asks for a build.
func (b *build) handleRequest(ctx context.Context) (res *client.Result, ok bool, err error) {
	id, ok := b.ui.BuildOpts().Opts["requestid"]
	if !ok {
		return nil, false, nil
	}
	var names []string
	for _, r := range supportedRequests() {
		if r.Name == id {
			res, err := checkAnswer(r.answer(b, ctx))
			return res, true, err
		}
		names = append(names, strings.TrimPrefix(r.Name, "frontend."))
	}
	return nil, true, fmt.Errorf("%w (supported: %s)", errdefs.NewUnsupportedSubrequestError(id), strings.Join(names, ", "))
}

func (b *build) describe(context.Context) (*client.Result, error) {
	var all []subrequests.Request
	for _, r := range supportedRequests() {
		all = append(all, r.Request)
	}
	dt, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := subrequests.PrintDescribe(dt, &text); err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.AddMeta("result.json", dt)
	res.AddMeta("result.txt", text.Bytes())
	res.AddMeta("version", []byte(subrequests.SubrequestsDescribeDefinition.Version))
	return res, nil
}

// converted parses and converts for the default platform.
func (b *build) converted(ctx context.Context) (*llbconv.Result, error) {
	sources, err := b.sources(ctx)
	if err != nil {
		return nil, err
	}
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	if err := b.report.err(diags); err != nil {
		return nil, err
	}
	res, diags := llbconv.Convert(ctx, file, sources, b.options(nil))
	return res, b.report.err(diags)
}

func (b *build) outline(ctx context.Context) (*client.Result, error) {
	res, err := b.converted(ctx)
	if err != nil {
		return nil, err
	}
	outline := res.Outline()
	return outline.ToResult()
}

func (b *build) targets(context.Context) (*client.Result, error) {
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	if err := b.report.err(diags); err != nil {
		return nil, err
	}
	return file.Targets().ToResult()
}

func (b *build) convertLLB(ctx context.Context) (*client.Result, error) {
	converted, err := b.converted(ctx)
	if err != nil {
		return nil, err
	}
	marshalled, err := converted.Marshal(ctx)
	if err != nil {
		return nil, b.report.wrap(err)
	}
	var def llb.Definition
	def.FromPB(marshalled)
	res := &convertllb.Result{
		Def:      make(map[digest.Digest]*pb.Op, len(def.Def)),
		Metadata: def.Metadata,
		Source:   def.Source,
	}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, err
		}
		res.Def[digest.FromBytes(dt)] = &op
	}
	return res.ToResult()
}

// lint checks all stages, or those that the target needs if there is a target.
func (b *build) lint(ctx context.Context) (*client.Result, error) {
	sources, err := b.sources(ctx)
	if err != nil {
		return nil, err
	}
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	if file != nil {
		opt := b.options(nil)
		opt.AllStages = opt.Target == ""
		_, converted := llbconv.Convert(ctx, file, sources, opt)
		diags = append(diags, converted...)
	}
	results := &lint.LintResults{}
	source := results.AddSource(b.src.SourceMap)
	for _, d := range diags.Warnings() {
		results.AddWarning(d.Kind.Code, d.Kind.Detail, d.Kind.URL, d.Text(), source, d.Range)
	}
	results.Error = buildError(diags.Err(), source)
	return results.ToResult(nil)
}

// buildError returns an error in the form of the lint result, with the lines of
// all its places.
func buildError(err error, source int) *lint.BuildError {
	var many *diag.Errors
	if !errors.As(err, &many) {
		return nil
	}
	var ranges []parser.Range
	for _, d := range many.Diagnostics {
		if d.File != nil {
			continue // the message names the file and the line
		}
		for _, r := range d.Ranges() {
			ranges = append(ranges, r...)
		}
	}
	failed := &lint.BuildError{Message: err.Error()}
	if len(ranges) > 0 {
		failed.Location.SourceIndex = int32(source)
		failed.Location.Ranges = diag.Ranges(joinRanges(ranges))
	}
	return failed
}

// joinRanges sorts ranges by line and joins overlapping ones.
func joinRanges(ranges []parser.Range) []parser.Range {
	slices.SortStableFunc(ranges, func(a, b parser.Range) int { return a.Start.Line - b.Start.Line })
	joined := ranges[:1:1]
	for _, r := range ranges[1:] {
		last := &joined[len(joined)-1]
		if r.Start.Line > last.End.Line {
			joined = append(joined, r)
			continue
		}
		last.End.Line = max(last.End.Line, r.End.Line)
	}
	return joined
}
