package lower

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/internal/expand"
)

// Build args for the frontend. Commands do not see them.
const (
	scanContext = "BUILDKIT_SBOM_SCAN_CONTEXT"
	scanStage   = "BUILDKIT_SBOM_SCAN_STAGE"
)

func isHidden(arg string) bool { return arg == scanContext || arg == scanStage }

// next counts a step of the stage and returns its number.
func (st *stage) next() int {
	if st.node.Total > 0 {
		st.step++
	}
	return st.step
}

// name puts the stage and the number of the step before its text, as in
// "[linux/arm64 build 2/5] RUN make".
func (st *stage) name(step int, text string, p *ocispecs.Platform, env shell.EnvGetter) string {
	if st.node.Total == 0 {
		return text
	}
	var platform, label string
	if st.run.options.MultiPlatform && p != nil {
		platform = platforms.FormatAll(*p) + crossTarget(*p, env) + " "
	}
	if st.node.Label != "" {
		label = st.node.Label + " "
	}
	number, total := strconv.Itoa(step), strconv.Itoa(st.node.Total)
	width := int(1 + math.Log10(float64(st.node.Total)))
	padding := strings.Repeat(" ", max(0, width-len(number)))
	return "[" + platform + label + padding + number + "/" + total + "] " + text
}

// title returns the name of the step of an instruction.
func (in instruction) title(step int, text string, p *ocispecs.Platform, env shell.EnvGetter) string {
	if in.step.Instruction.OnBuild && in.stage.node.Total > 0 {
		text = "ONBUILD " + text
	}
	return in.stage.name(step, text, p, env)
}

// display returns a command line for step names: with variables expanded, if
// that is possible, and the keyword in upper case.
func display(lex *expand.Lexer, line string, env shell.EnvGetter) string {
	line = expanded(lex, line, env)
	keyword, _, _ := strings.Cut(line, " ")
	if upper := strings.ToUpper(keyword); upper != keyword {
		return upper + line[len(keyword):]
	}
	return line
}

// displayKeeping is display, but keeps some words as written.
func displayKeeping(written []string, lex *expand.Lexer, line string, env shell.EnvGetter) string {
	var b strings.Builder
	for _, word := range written {
		before, after, found := strings.Cut(line, word)
		if found {
			b.WriteString(expanded(lex, before, env) + word)
			line = after
		}
	}
	if b.Len() == 0 {
		return display(lex, line, env)
	}
	keyword, rest, _ := strings.Cut(b.String(), " ")
	return strings.ToUpper(keyword) + " " + rest + expanded(lex, line, env)
}

// expanded returns a line with its variables expanded, or the line itself if
// the expansion fails. The lexer takes 300 instructions for each character, so it gets
// only the part from the first variable, quote or escape.
func expanded(lex *expand.Lexer, line string, env shell.EnvGetter) string {
	before, rest := lex.Cut(line)
	if word, _, err := lex.Word(rest, env); err == nil {
		return before + word
	}
	return line
}

// crossTarget returns the target platform if it is not the platform that the
// step runs on.
func crossTarget(on ocispecs.Platform, env shell.EnvGetter) string {
	target, ok := targetOf(env)
	if !ok {
		return ""
	}
	if target.OS == "" {
		target.OS = on.OS
	}
	if target.Architecture == "" {
		target.Architecture = on.Architecture
	}
	p := platforms.Normalize(target)
	switch {
	case p.OS != on.OS:
		return "->" + platforms.FormatAll(p)
	case p.Architecture == on.Architecture:
		return ""
	case p.Variant != "":
		return "->" + p.Architecture + "/" + p.Variant
	}
	return "->" + p.Architecture
}

func targetOf(env shell.EnvGetter) (p ocispecs.Platform, ok bool) {
	if v, set := env.Get("TARGETPLATFORM"); set {
		if p, err := platforms.Parse(v); err == nil {
			return p, true
		}
	}
	for name, field := range map[string]*string{"TARGETOS": &p.OS, "TARGETARCH": &p.Architecture, "TARGETVARIANT": &p.Variant} {
		if v, set := env.Get(name); set {
			*field, ok = v, true
		}
	}
	return p, ok
}

// coversStage reports whether a value, a boolean or a list of stage names,
// covers a stage.
func coversStage(stage, value string) bool {
	if value == "" {
		return false
	}
	if on, err := strconv.ParseBool(value); err == nil {
		return on
	}
	return slices.Contains(strings.Split(value, ","), stage)
}
