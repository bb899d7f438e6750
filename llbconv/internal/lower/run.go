package lower

import (
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/stratabuild/strata/llbconv/internal/env"
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
	opts := []llb.RunOption{
		llb.Args(args),
		llb.WithDescription(description(c.String())),
		in.at(c.Location()),
	}
	fresh, err := in.freshness(s, c)
	if err != nil {
		return s, err
	}
	opts = append(opts, fresh...)
	if line.script != nil {
		opts = append(opts, line.script)
	}
	mounts, err := in.mounts(s, c)
	if err != nil {
		return s, err
	}
	opts = append(opts, mounts...)
	limits, err := in.sandbox(c)
	if err != nil {
		return s, err
	}
	opts = append(opts, limits...)
	visible, err := in.visible(s)
	if err != nil {
		return s, err
	}
	title := display(in.names, c.String()+line.summary, maskSecrets(c, visible))
	opts = append(opts, llb.WithCustomName(in.title(in.next(), title, s.runPlatform, visible)))

	createdBy := withFlags("RUN", in.Flags) + " " + s.argPrefix(visible) + strings.Join(args, " ") + " # buildkit"
	s.Root = s.commands(in.Exec, visible).Run(opts...).Root().Output()
	return in.history(s, createdBy, true), nil
}

// command is a RUN's command line with its here-documents worked in.
type command struct {
	args []string
	// script mounts the here-document that is the command itself.
	script llb.RunOption
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
func scriptMount(name, data string) ([]string, llb.RunOption) {
	const dir = "/dev/pipes/"
	file := llb.Scratch().File(llb.Mkfile(name, 0o755, []byte(data)), internalName("preparing inline document"))
	return []string{path.Join(dir, name)}, llb.AddMount(dir, file, llb.SourcePath("/"), llb.Readonly)
}

func summarize(doc string) string {
	first, _, more := strings.Cut(strings.TrimSpace(strings.ReplaceAll(doc, "\r\n", "\n")), "\n")
	if more {
		first += "..."
	}
	return first
}

// sandbox is what a RUN says of its surroundings, and what the client asked
// for all of them. What the daemon cannot do is left out where it limits
// nothing but resources.
func (in instruction) sandbox(c *instructions.RunCommand) ([]llb.RunOption, error) {
	opts, err := isolation(c)
	if err != nil {
		return nil, err
	}
	if in.supports(pb.CapExecMetaUlimit) {
		for _, u := range in.Exec.Ulimits {
			opts = append(opts, llb.AddUlimit(llb.UlimitName(u.Name), u.Soft, u.Hard))
		}
	}
	if in.supports(pb.CapExecMetaCDI) {
		opts = append(opts, in.devices(c)...)
	}
	for _, h := range in.Exec.ExtraHosts {
		opts = append(opts, llb.AddExtraHost(h.Host, h.IP))
	}
	if in.Exec.ShmSize > 0 && in.supports(pb.CapExecMountTmpfsSize) {
		opts = append(opts, llb.AddMount("/dev/shm", llb.Scratch(), llb.Tmpfs(llb.TmpfsSize(in.Exec.ShmSize))))
	}
	if in.Exec.CgroupParent != "" && in.supports(pb.CapExecMetaCgroupParent) {
		opts = append(opts, llb.WithCgroupParent(in.Exec.CgroupParent))
	}
	if r := in.Exec.Resources; r != nil && in.supports(pb.CapExecMetaLinuxResources) {
		opts = append(opts, linuxResources(r))
	}
	if in.Exec.Proxy != nil {
		opts = append(opts, llb.WithProxy(*in.Exec.Proxy))
	}
	return opts, nil
}

func isolation(c *instructions.RunCommand) ([]llb.RunOption, error) {
	var opts []llb.RunOption
	switch mode := instructions.GetSecurity(c); mode {
	case instructions.SecurityInsecure:
		opts = append(opts, llb.Security(pb.SecurityMode_INSECURE))
	case instructions.SecuritySandbox:
		opts = append(opts, llb.Security(pb.SecurityMode_SANDBOX))
	default:
		return nil, fmt.Errorf("unsupported security mode %q", mode)
	}
	switch mode := instructions.GetNetwork(c); mode {
	case instructions.NetworkDefault:
	case instructions.NetworkNone:
		opts = append(opts, llb.Network(pb.NetMode_NONE))
	case instructions.NetworkHost:
		opts = append(opts, llb.Network(pb.NetMode_HOST))
	default:
		return nil, fmt.Errorf("unsupported network mode %q", mode)
	}
	return opts, nil
}

func (in instruction) devices(c *instructions.RunCommand) []llb.RunOption {
	var opts []llb.RunOption
	add := func(name string, optional bool) {
		device := []llb.CDIDeviceOption{llb.CDIDeviceName(name)}
		if optional {
			device = append(device, llb.CDIDeviceOptional)
		}
		opts = append(opts, llb.AddCDIDevice(device...))
	}
	for _, d := range in.Exec.Devices {
		add(d.Name, d.Optional)
	}
	for _, d := range instructions.GetDevices(c) {
		add(d.Name, !d.Required)
	}
	return opts
}

func linuxResources(r *pb.LinuxResources) llb.RunOption {
	return llb.WithLinuxResources(llb.LinuxResources{
		Memory:     r.Memory,
		MemorySwap: r.MemorySwap,
		CPUShares:  r.CpuShares,
		CPUPeriod:  r.CpuPeriod,
		CPUQuota:   r.CpuQuota,
		CpusetCpus: r.CpusetCpus,
		CpusetMems: r.CpusetMems,
	})
}

// argPrefix lists the build args that a command sees, as Docker's history has
// them: "|2 A=1 B=2 ".
func (s State) argPrefix(visible *env.List) string {
	position := make(map[string]int, len(s.BuildArgs))
	var pairs []string
	for _, a := range s.BuildArgs {
		value, ok := visible.Get(a.Key)
		if !ok && s.explicit[a.Key] {
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
	masked := env.New(nil)
	for _, m := range instructions.GetMounts(c) {
		if m.Type == instructions.MountTypeSecret && m.Env != nil {
			masked.Set(*m.Env, "****")
		}
	}
	return overlay{EnvGetter: base, over: masked}
}

// overlay is an environment with some variables replaced.
type overlay struct {
	shell.EnvGetter
	over *env.List
}

func (o overlay) Get(key string) (string, bool) {
	if v, ok := o.over.Get(key); ok {
		return v, true
	}
	return o.EnvGetter.Get(key)
}

func (l *Lowering) supports(id apicaps.CapID) bool {
	return l.Caps != nil && l.Caps.Supports(id) == nil
}

func internalName(name string) llb.ConstraintsOpt {
	return llb.WithCustomName("[internal] " + name)
}
