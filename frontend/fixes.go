package frontend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sort"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/frontend/sarif"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/fix"
)

var (
	fixRequest   = ownRequest("frontend.fix", "Print a diff of the Dockerfile that fixes what the checks find")
	sarifRequest = ownRequest("frontend.sarif", "List what the checks find, in SARIF")
)

// spellingArg is the build arg with which --call=fix only rewrites all flags in one
// form.
const spellingArg = "STRATA_FIX"

// fixAnswer is the answer to --call=fix as JSON.
type fixAnswer struct {
	Filename string `json:"filename"`
	// Edits replace whole lines of the file. Lines count from 1 and characters from
	// 0. A range does not include its end.
	Edits []fixEdit `json:"edits"`
	Fixed []fixed   `json:"fixed"`
	Diff  string    `json:"diff"`
}

type fixEdit struct {
	Range *pb.Range `json:"range"`
	Text  string    `json:"text"`
}

type fixed struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// fix answers with the edits of all safe fixes.
func (b *build) fix(ctx context.Context) (*client.Result, error) {
	text, done, err := b.fixed(ctx)
	if err != nil {
		return nil, err
	}
	answer := fixAnswer{
		Filename: b.src.Filename,
		Edits:    []fixEdit{},
		Fixed:    []fixed{},
		Diff:     fix.Diff(b.src.Filename, b.src.Data, text),
	}
	for _, c := range fix.Changes(b.src.Data, text) {
		answer.Edits = append(answer.Edits, fixEdit{diag.Ranges([]parser.Range{c.Range})[0], c.Text})
	}
	for _, f := range done {
		answer.Fixed = append(answer.Fixed, fixed{f.Code, f.Message})
	}
	dt, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		return nil, err
	}
	return answerOf(fixRequest, dt, answer.Diff), nil
}

// fixed returns the Dockerfile with its fixes.
func (b *build) fixed(ctx context.Context) ([]byte, []fix.Fix, error) {
	switch s := fix.Spelling(b.ui.BuildArgs[spellingArg]); s {
	case "":
	case fix.Comments, fix.Flags:
		text, err := b.spelled(s)
		return text, nil, err
	default:
		return nil, nil, fmt.Errorf("invalid build arg %s=%s (the values are %s and %s)", spellingArg, s, fix.Comments, fix.Flags)
	}
	sources, err := b.sources(ctx)
	if err != nil {
		return nil, nil, err
	}
	return fix.All(b.src.Data, func(text []byte) ([]fix.Fix, error) {
		found, diags := b.findings(ctx, text, sources)
		var fixes []fix.Fix
		for _, f := range found {
			fixes = append(fixes, f.Fix)
		}
		return fixes, b.report.err(diags)
	})
}

// spelled returns the Dockerfile with its flags in one spelling.
func (b *build) spelled(s fix.Spelling) ([]byte, error) {
	if _, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig); diags.Failed() {
		return nil, b.report.err(diags)
	}
	file, err := fix.Parse(b.src.Data)
	if err != nil {
		return nil, err
	}
	return advice.Apply(b.src.Data, file.Spell(s))
}

// findings returns the warnings and the advice about a text, with all checks of
// package advice on, in the order of the file. The list has the errors.
func (b *build) findings(ctx context.Context, text []byte, sources llbconv.Sources) ([]sarif.Finding, diag.List) {
	parsed, diags := llbconv.Parse(text, checkConfig(b.ui.LinterConfig, text))
	var advised []advice.Finding
	if parsed != nil {
		opt := b.options(nil)
		opt.AllStages, opt.Checks.Advice = opt.Target == "", true
		res, converted := llbconv.Convert(ctx, parsed, sources, opt)
		if diags = append(diags, converted...); res != nil {
			advised = res.Advice
		}
	}
	return withFixes(text, diags.Warnings(), advised), diags
}

// checkConfig returns the configuration of the checks. It turns off the option that
// makes warnings errors. The configuration is nil if the check directive is invalid;
// llbconv.Parse then reports the error.
func checkConfig(client *linter.Config, text []byte) *linter.Config {
	check := client
	if check == nil {
		var err error
		if check, err = llbconv.CheckDirective(text); err != nil {
			return nil
		}
	}
	config := *check
	config.ReturnAsError = false
	return &config
}

// withFixes adds fixes to warnings and advice. Advice that is also a warning
// appears only as advice.
func withFixes(text []byte, warnings diag.List, advised []advice.Finding) (all []sarif.Finding) {
	file, parseErr := fix.Parse(text)
	for _, d := range warnings {
		if _, isAdvice := advice.Lookup(d.Kind.Code); isAdvice {
			continue
		}
		f := sarif.Finding{Problem: d}
		if parseErr == nil {
			f.Fix, _ = file.Lint(d)
		}
		all = append(all, f)
	}
	for _, a := range advised {
		d := llbconv.AdviceDiagnostic(a)
		all = append(all, sarif.Finding{Problem: d, Fix: fix.Fix{Code: d.Kind.Code, Message: d.Message, Text: cmp.Or(d.Hint, d.Message), Edits: a.Edits}})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Problem.Line() < all[j].Problem.Line() })
	return all
}

// sarif answers with all findings, and the errors of the build.
func (b *build) sarif(ctx context.Context) (*client.Result, error) {
	sources, err := b.sources(ctx)
	if err != nil {
		return nil, err
	}
	found, diags := b.findings(ctx, b.src.Data, sources)
	for _, d := range diags {
		if d.Severity == diag.Error {
			found = append(found, sarif.Finding{Problem: d})
		}
	}
	dt, err := sarif.Log(b.src.Filename, b.src.Data, found)
	if err != nil {
		return nil, err
	}
	return answerOf(sarifRequest, dt, string(dt)+"\n"), nil
}
