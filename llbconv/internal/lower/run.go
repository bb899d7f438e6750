package lower

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// run lowers RUN to an exec op.
func (in instruction) run(s State, c *instructions.RunCommand) (State, error) {
	// A command may read anything of its filesystem.
	in.node.Paths["/"] = struct{}{}

	line, err := commandLine(s, c)
	if err != nil {
		return s, err
	}
	args := line.args
	if c.PrependShell {
		args = s.inShell(args)
	}
	if len(args) == 0 {
		return s, errors.New("arguments are required (RUN [] names no command to run)")
	}
	visible, err := in.visible(s)
	if err != nil {
		return s, err
	}
	exec := in.exec(s, args, visible)
	if line.script != nil {
		exec.Mounts = append(exec.Mounts, line.script)
	}
	if err := in.addMounts(s, c, &exec); err != nil {
		return s, err
	}
	if err := in.addSandbox(c, &exec); err != nil {
		return s, err
	}
	if err := in.addFreshness(s, c, &exec); err != nil {
		return s, err
	}
	title := displayKeeping(in.Flags.Written, in.names, c.String()+line.summary, maskSecrets(c, visible))
	exec.Name = in.title(in.next(), title, s.runPlatform, visible)
	exec.Command = c.String()
	createdBy := withFlags("RUN", in.Flags) + " " + in.argPrefix(s, visible) + strings.Join(args, " ") + " # buildkit"
	s.Root = exec.Op()
	return in.history(s, createdBy, true), nil
}

// command is a RUN's command line with its here-documents worked in.
type command struct {
	args []string
	// script mounts the here-document that is the command itself.
	script *ops.Mount
	// summary is shown after the command line.
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
		line.args, line.script = scriptMount(file.Name, data)
	}
	return line, nil
}

// withHeredocs puts the here-documents back behind the command line: it is the
// shell that reads them.
func withHeredocs(c *instructions.RunCommand) string {
	var b strings.Builder
	b.WriteString(c.CmdLine[0])
	for _, f := range c.Files {
		b.WriteString("\n" + f.Data + f.Name)
	}
	return b.String()
}

// scriptMount makes a here-document that starts with #! a file to run.
func scriptMount(name, data string) ([]string, *ops.Mount) {
	const dir = "/dev/pipes/"
	mount := &ops.Mount{From: inlineFile(name, 0o755, data)}
	mount.Dest, mount.Selector, mount.Readonly = dir, "/", true
	return []string{path.Join(dir, name)}, mount
}

// inlineFile is a filesystem with one file.
func inlineFile(name string, mode uint32, data string) llb.Output {
	f := ops.File{Meta: ops.Meta{Name: "[internal] preparing inline document"}}
	f.Mkfile(name, mode, []byte(data))
	return f.Op()
}

func summarize(doc string) string {
	first, _, more := strings.Cut(strings.TrimSpace(strings.ReplaceAll(doc, "\r\n", "\n")), "\n")
	if more {
		first += "..."
	}
	return first
}

// argPrefix lists the build args that a command sees, as Docker's history has
// them: "|2 A=1 B=2 ". An explicit arg is one of them only where the command
// asks for it: otherwise a variable of its name comes from the image.
func (in instruction) argPrefix(s State, visible *env.List) string {
	if len(s.BuildArgs) == 0 {
		return ""
	}
	explicit := map[string]bool{}
	for _, a := range s.BuildArgs { // the last declaration counts
		explicit[a.Key] = a.explicit
	}
	position := make(map[string]int, len(s.BuildArgs))
	var pairs []string
	for _, a := range s.BuildArgs {
		value, ok := visible.Get(a.Key)
		if explicit[a.Key] && (!ok || !slices.Contains(in.Flags.Args, a.Key)) {
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
	return fmt.Sprintf("|%d %s ", len(pairs), strings.Join(pairs, " "))
}

// maskSecrets shows stars for variables that hold a secret. They are not set
// while a step is named, so this hides nothing but says where the value comes
// from.
func maskSecrets(c *instructions.RunCommand, base shell.EnvGetter) shell.EnvGetter {
	masked := map[string]string{}
	for _, m := range instructions.GetMounts(c) {
		if m.Type == instructions.MountTypeSecret && m.Env != nil {
			masked[*m.Env] = "****"
		}
	}
	if len(masked) == 0 {
		return base
	}
	return overlay{EnvGetter: base, over: masked}
}

// overlay is an environment with some variables replaced or added.
type overlay struct {
	shell.EnvGetter
	over map[string]string
}

func (o overlay) Get(key string) (string, bool) {
	if v, ok := o.over[key]; ok {
		return v, true
	}
	return o.EnvGetter.Get(key)
}

func (o overlay) Keys() []string {
	keys := o.EnvGetter.Keys()
	for _, key := range slices.Sorted(maps.Keys(o.over)) {
		if _, ok := o.EnvGetter.Get(key); !ok {
			keys = append(keys, key)
		}
	}
	return keys
}
