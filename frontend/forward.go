package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
)

const syntaxArg = "build-arg:BUILDKIT_SYNTAX"

// forwardSyntax forwards the build to the frontend that the build arg
// BUILDKIT_SYNTAX or the syntax directive names. An empty build arg names no
// frontend, as CI systems pass one for a variable that is not set.
func forwardSyntax(ctx context.Context, c client.Client, src *dockerui.Source) (*client.Result, bool, error) {
	opts := c.BuildOpts().Opts
	if isForwarded(opts) {
		return nil, false, nil
	}
	if cmdline := strings.TrimSpace(opts[syntaxArg]); cmdline != "" {
		ref, _, _ := strings.Cut(cmdline, " ")
		res, err := forwardTo(ctx, c, ref, cmdline)
		if err != nil && len(errdefs.Sources(err)) == 0 {
			err = wireError{err, fmt.Sprintf("failed with %s = %s", syntaxArg, cmdline)}
		}
		return res, true, err
	}
	ref, cmdline, location, ok := parser.DetectSyntax(src.Data)
	if !ok {
		return nil, false, nil
	}
	res, err := forwardTo(ctx, c, ref, cmdline)
	if err != nil && len(errdefs.Sources(err)) == 0 {
		located := sourcedError{error: err}
		if line := jsonSyntaxLine(src.Data); line > 0 {
			at := parser.Position{Line: line}
			location = []parser.Range{{Start: at, End: at}}
		}
		located.add(src.SourceMap, location)
		err = located.error
	}
	return res, true, err
}

// jsonSyntaxLine returns the line of the key "syntax" in a file that is a JSON
// object, else 0. BuildKit's parser reports the line before the object.
func jsonSyntaxLine(text []byte) (line int) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	before := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
		before = 1
	}
	object := json.NewDecoder(bytes.NewReader(text))
	if start, err := object.Token(); err != nil || start != json.Delim('{') {
		return 0
	}
	for object.More() {
		key, err := object.Token()
		if err != nil {
			return 0
		}
		if key == "syntax" {
			line = before + 1 + bytes.Count(text[:object.InputOffset()], []byte("\n"))
		}
		if err := object.Decode(new(json.RawMessage)); err != nil {
			return 0
		}
	}
	return line
}

// isForwarded reports whether another frontend has started this one for a
// directive. Then the build is not forwarded again.
func isForwarded(opts map[string]string) bool {
	_, named := opts["cmdline"]
	return named
}

func forwardTo(ctx context.Context, c client.Client, ref, cmdline string) (*client.Result, error) {
	build := c.BuildOpts()
	opts := map[string]string{}
	maps.Copy(opts, build.Opts)
	opts["cmdline"] = cmdline
	opts["source"] = ref

	var inputs map[string]*pb.Definition
	if build.Caps.Supports(gwpb.CapFrontendInputs) == nil {
		states, err := c.Inputs(ctx)
		if err != nil {
			return nil, fmt.Errorf("failed to get frontend inputs: %w", err)
		}
		inputs = make(map[string]*pb.Definition, len(states))
		for name, st := range states {
			def, err := st.Marshal(ctx)
			if err != nil {
				return nil, err
			}
			inputs[name] = def.ToPB()
		}
	}
	return c.Solve(ctx, client.SolveRequest{
		Frontend:       "gateway.v0",
		FrontendOpt:    opts,
		FrontendInputs: inputs,
	})
}
