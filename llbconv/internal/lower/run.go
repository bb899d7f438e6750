package lower

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// runCommand lowers RUN to an exec op.
func (in instruction) runCommand(s State, c *instructions.RunCommand) (State, error) {
	// A command may read any file of its filesystem.
	in.run.done.Reads.addAll(in.run.graph, in.stage.node)

	flags := in.step.Instruction.Flags
	vars, err := s.Vars.envFor(flags.Args)
	if err != nil {
		return s, err
	}
	line, err := commandLine(s, c)
	if err != nil {
		return s, err
	}
	exec, err := in.execOf(s, c, line, vars)
	if err != nil {
		return s, err
	}
	salt, ignoreCache, err := in.cacheKey(s, c)
	if err != nil {
		return s, err
	}
	recorded := Step{Text: c.String()}
	for _, part := range salt {
		recorded.Parts = append(recorded.Parts, freshnessParts(part)...)
	}
	if len(salt) > 0 {
		exec.Salt = saltMount(salt)
	}
	meta := in.meta()
	meta.IgnoreCache = ignoreCache
	if asked := in.run.options.Exec.Resources; asked != nil && in.run.supports(pb.CapExecMetaLinuxResources) {
		meta.Resources = asked
	}
	title := displayKeeping(flags.Written, in.run.names, c.String()+line.summary, maskSecrets(c, vars))
	meta.Name = in.title(in.stage.next(), title, s.Platform.run, vars)
	meta.Command = c.String()
	recorded.Op = exec.Op(meta)
	in.record(s, recorded)
	s.Root = recorded.Op
	createdBy := withFlags("RUN", flags) + " " + in.argPrefix(s, vars) + strings.Join(exec.Args, " ") + " # buildkit"
	return in.history(s, createdBy, true), nil
}

// execOf returns the command of a RUN with its mounts and limits.
func (in instruction) execOf(s State, c *instructions.RunCommand, line command, vars *env.List) (ops.Exec, error) {
	args := line.args
	if c.PrependShell {
		args = s.inShell(args)
	}
	if len(args) == 0 {
		return ops.Exec{}, diag.WithHint(errors.New("arguments are required"), "RUN [] names no command to run")
	}
	exec := in.exec(s, args, vars)
	exec.Mounts = line.mounts
	exec, err := in.withMounts(s, c, exec)
	if err != nil {
		return exec, err
	}
	if exec.Security, err = securityMode(c); err != nil {
		return exec, err
	}
	if exec.Network, err = networkMode(c, exec.Network); err != nil {
		return exec, err
	}
	return in.withLimits(c, exec)
}

// command is the command line of a RUN, with its here-documents.
type command struct {
	args []string
	// mounts hold the here-document that is the command itself, a script.
	mounts []ops.Mount
	// summary follows the command line in the name of the step.
	summary string
}

func commandLine(s State, c *instructions.RunCommand) (command, error) {
	if len(c.Files) == 0 {
		return command{args: c.CmdLine}, nil
	}
	if len(c.CmdLine) != 1 || !c.PrependShell {
		return command{}, fmt.Errorf("parsing produced an invalid run command: %v", c.CmdLine)
	}
	if parser.MustParseHeredoc(c.CmdLine[0]) == nil {
		return command{args: []string{withHeredocs(c)}}, nil
	}
	file := c.Files[0]
	data := file.Data
	if file.Chomp {
		data = parser.ChompHeredocContent(data)
	}
	line := command{args: []string{data}, summary: " (" + summarize(file.Data) + ")"}
	if s.Image.OS != "windows" && strings.HasPrefix(data, "#!") {
		line.args, line.mounts = scriptMount(file.Name, data)
	}
	return line, nil
}

// withHeredocs appends the here-documents to the command line, as the shell
// reads them.
func withHeredocs(c *instructions.RunCommand) string {
	var b strings.Builder
	b.WriteString(c.CmdLine[0])
	for _, f := range c.Files {
		b.WriteString("\n" + f.Data + f.Name)
	}
	return b.String()
}

// scriptMount returns the command and the mount for a here-document that starts
// with #!.
func scriptMount(name, data string) (args []string, mounts []ops.Mount) {
	const dir = "/dev/pipes/"
	return []string{path.Join(dir, name)}, []ops.Mount{{
		From: inlineFile(name, 0o755, data), Selector: "/", Target: dir, Readonly: true,
	}}
}

// inlineFile returns a filesystem with one file.
func inlineFile(name string, mode uint32, data string) llb.Output {
	var f ops.File
	f.Mkfile(name, mode, []byte(data))
	return f.Op(ops.Meta{Name: "[internal] preparing inline document"})
}

func summarize(doc string) string {
	first, _, more := strings.Cut(strings.TrimSpace(strings.ReplaceAll(doc, "\r\n", "\n")), "\n")
	if more {
		first += "..."
	}
	return first
}

// argPrefix lists the build args that a command sees, in the form of Docker's
// history: "|2 A=1 B=2 ". An explicit arg is in the list only if the command
// asks for it.
func (in instruction) argPrefix(s State, vars *env.List) string {
	if len(s.Vars.declared) == 0 {
		return ""
	}
	explicit := map[string]bool{}
	for _, a := range s.Vars.declared { // the last declaration counts
		explicit[a.Key] = a.explicit
	}
	position := make(map[string]int, len(s.Vars.declared))
	var pairs []string
	for _, a := range s.Vars.declared {
		value, ok := vars.Get(a.Key)
		if explicit[a.Key] && (!ok || !slices.Contains(in.step.Instruction.Flags.Args, a.Key)) {
			continue
		}
		if !ok {
			value = a.ValueString()
		}
		i, again := position[a.Key]
		if !again {
			i = len(pairs)
			position[a.Key] = i
			pairs = append(pairs, "")
		}
		pairs[i] = a.Key + "=" + value
	}
	if len(pairs) == 0 {
		return ""
	}
	return "|" + strconv.Itoa(len(pairs)) + " " + strings.Join(pairs, " ") + " "
}

// maskSecrets returns an environment with asterisks as the values of secrets,
// for step names. Secrets have no value at that time, so the asterisks only
// mark their place.
func maskSecrets(c *instructions.RunCommand, base shell.EnvGetter) shell.EnvGetter {
	var masked []string
	for _, m := range instructions.GetMounts(c) {
		if m.Type == instructions.MountTypeSecret && m.Env != nil {
			masked = append(masked, *m.Env+"=****")
		}
	}
	if len(masked) == 0 {
		return base
	}
	return overlay{base, env.New(masked)}
}
