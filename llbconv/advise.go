package llbconv

import (
	"context"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// advise runs the checks of package advice. The findings of checks that are on
// become warnings, like those of BuildKit's experimental lint rules. If the caller
// asks for advice, advise returns the findings of all checks.
func (c *conversion) advise(ctx context.Context, in inputs) []advice.Finding {
	report, comments := c.check() != nil, checkComments(c.file.syntax)
	check := &c.file.syntax.Check
	mayBeOn := check.ExperimentalAll || len(check.ExperimentalRules)+len(comments) > 0
	if !c.options.Checks.Advice && (!report || !mayBeOn) {
		return nil
	}
	filter := adviceFilter{linter.New(check), comments}
	var checks []advice.Check
	for _, a := range advice.Checks() {
		if c.options.Checks.Advice || filter.mayBeOn(a.Name) {
			checks = append(checks, a)
		}
	}
	var all []advice.Finding
	for _, f := range advice.Run(c.adviceBuild(ctx, in), checks) {
		switch state := filter.state(f); {
		case state == adviceSkipped:
			continue
		case state == adviceOn && report:
			c.add(diag.List{AdviceDiagnostic(f)})
		}
		if c.options.Checks.Advice {
			all = append(all, f)
		}
	}
	return all
}

// AdviceDiagnostic is the warning of a finding.
func AdviceDiagnostic(f advice.Finding) diag.Diagnostic {
	check, _ := advice.Lookup(f.Code)
	return diag.Diagnostic{
		Severity: diag.Warning,
		Kind:     diag.Kind{Code: f.Code, Rule: true, Detail: check.Description, URL: check.URL()},
		Message:  f.Message,
		Hint:     f.Hint,
		Range:    f.Range,
		Further:  f.Further,
	}
}

// adviceBuild is the build as the checks see it.
func (c *conversion) adviceBuild(ctx context.Context, in inputs) advice.Build {
	file := c.file.syntax
	b := advice.Build{
		Text:      file.Text,
		Escape:    file.Escape,
		BuildArgs: c.options.BuildArgs,
		Ignored:   len(in.main.Ignore.Patterns) > 0,
	}
	if list := c.sources.Files; list != nil {
		b.Files = func(dirs []string) (advice.Files, bool) {
			files, err := list(ctx, dirs)
			return files, err == nil
		}
	}
	for _, a := range file.GlobalArgs {
		b.GlobalArgs = append(b.GlobalArgs, adviceInstruction(syntax.Instruction{
			Command: &a, Flags: syntax.Flags{Explicit: file.Explicit[a.Args[0].Key]},
		}))
	}
	for i := range file.Stages {
		b.Stages = append(b.Stages, adviceStage(in, i))
	}
	return b
}

func adviceStage(in inputs, i int) advice.Stage {
	planned := in.graph.Stages[i]
	source := planned.Source
	s := advice.Stage{
		Name:      source.Name,
		Base:      planned.From.Name,
		BaseStage: planned.From.Stage,
		Platform:  source.Platform,
		Needed:    in.needed[i] && planned.Context == nil,
		Target:    planned == in.graph.Target,
	}
	if base := in.bases[i]; base != nil {
		config := base.Config.Config
		s.Image = advice.Image{User: config.User, WorkingDir: config.WorkingDir, Env: config.Env, Shell: config.Shell}
	}
	s.From = advice.Instruction{Comments: source.Comments}
	s.From.Start, s.From.End = lineSpan(source.Location)
	for _, step := range planned.Steps {
		if step.Instruction.OnBuild {
			continue
		}
		instruction := adviceInstruction(step.Instruction)
		instruction.Sources = step.Sources
		s.Instructions = append(s.Instructions, instruction)
	}
	return s
}

func adviceInstruction(i syntax.Instruction) advice.Instruction {
	out := advice.Instruction{
		Command:  i.Command,
		Comments: i.Comments(),
		Flags: advice.Flags{
			NoCache:  i.Flags.NoCache,
			TTL:      i.Flags.TTL != "",
			Key:      i.Flags.Key != nil,
			Explicit: i.Flags.Explicit,
			Args:     i.Flags.Args,
		},
	}
	out.Start, out.End = lineSpan(i.Location())
	return out
}

func lineSpan(location []parser.Range) (first, last int) {
	if len(location) == 0 {
		return 0, 0
	}
	return location[0].Start.Line, location[len(location)-1].End.Line
}

// An adviceState says whether a finding is reported.
type adviceState int

const (
	adviceOff adviceState = iota
	adviceOn
	adviceSkipped
)

// adviceFilter says which checks are on. They are experimental lint rules: the
// check directive of the file, that of the client, or a comment above an
// instruction can turn a check on or skip it.
type adviceFilter struct {
	lint *linter.Linter
	// comments are the comments above the instructions, by the line of the
	// instruction.
	comments map[int][]string
}

// checkComments returns the comments above instructions that may have a check
// directive, by the line of the instruction.
func checkComments(f *syntax.File) map[int][]string {
	var found map[int][]string
	add := func(location []parser.Range, comments []string) {
		if !slices.ContainsFunc(comments, diag.MayBeCheck) {
			return
		}
		if found == nil {
			found = map[int][]string{}
		}
		found[firstLine(location)] = comments
	}
	for _, a := range f.GlobalArgs {
		add(a.Location(), a.Comments())
	}
	for _, s := range f.Stages {
		add(s.Location, s.Comments)
		for _, i := range s.Instructions {
			add(i.Location(), i.Comments())
		}
	}
	return found
}

// mayBeOn reports whether a check is on for a part of the file.
func (f adviceFilter) mayBeOn(name string) bool {
	if isOn(f.lint, name) {
		return true
	}
	for _, comments := range f.comments {
		if isOn(f.lint.WithMergedConfigFromComments(comments), name) {
			return true
		}
	}
	return false
}

func (f adviceFilter) state(found advice.Finding) adviceState {
	lint := f.lint.WithMergedConfigFromComments(f.comments[found.Line()])
	_, skipped := lint.SkippedRules[found.Code]
	switch allHere := lint.SkipAll && !f.lint.SkipAll; {
	case skipped, allHere:
		return adviceSkipped
	case isOn(lint, found.Code): // as in BuildKit, even in a file that skips all others
		return adviceOn
	case lint.SkipAll:
		return adviceSkipped
	}
	return adviceOff
}

func isOn(lint *linter.Linter, name string) bool {
	_, named := lint.ExperimentalRules[name]
	return lint.ExperimentalAll || named
}
