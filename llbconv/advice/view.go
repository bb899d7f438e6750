package advice

import (
	"path"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// view is a build and the data that several checks share: the scripts of its RUN
// instructions, and the state before each instruction.
type view struct {
	build  Build
	lines  []string // of the file, without line ends
	stages []stage
	// files returns the files of the context, if they are known.
	files func() (Files, bool)
}

// A stage is a stage with its steps.
type stage struct {
	source Stage
	index  int
	// shipped is set if the layers of the stage are part of the result.
	shipped bool
	// leaf is set if no other stage is built on the stage or reads from it: it may
	// be built as a target.
	leaf bool
	// context is set if the stage has files of the main context, or of a stage that
	// has.
	context bool
	steps   []*step
	end     state
}

// A step is an instruction and the state before it.
type step struct {
	Instruction
	// run and script are set for a RUN. script is nil if its commands cannot be
	// parsed.
	run    *instructions.RunCommand
	script *script
	// dest is the destination of a COPY or ADD, or the path of a WORKDIR, without quotes
	// and with the values of variables.
	dest   string
	before state
}

// state is the state that instructions inherit from earlier ones. Its values have no
// quotes.
type state struct {
	workdir, user string
	shell         []string // nil for the default shell
	vars          *variable
	// configured are values of variables that name files that package managers read.
	// searched are directories from which variables have commands load programs or
	// libraries.
	configured, searched []string
}

func newView(b Build) *view {
	v := &view{build: b, lines: b.lines()}
	v.files = sync.OnceValues(v.listFiles)
	for i, s := range b.Stages {
		v.stages = append(v.stages, v.newStage(s, i))
	}
	used := v.used()
	for i := range v.stages {
		v.stages[i].leaf = !used[i]
		if v.stages[i].source.Target {
			v.ship(i)
		}
	}
	return v
}

// used returns the stages, by index, that other stages need.
func (v *view) used() map[int]bool {
	used := map[int]bool{}
	for _, s := range v.stages {
		used[s.source.BaseStage] = true
		for _, st := range s.steps {
			for _, i := range st.Sources {
				used[i] = true
			}
		}
	}
	return used
}

// ship marks a stage and the stages that it is built on as part of the result.
func (v *view) ship(i int) {
	for ; i >= 0; i = v.stages[i].source.BaseStage {
		v.stages[i].shipped = true
	}
}

func (v *view) newStage(s Stage, index int) stage {
	st := stage{source: s, index: index}
	now := v.start(s)
	for _, in := range s.Instructions {
		next := &step{Instruction: in, before: now}
		next.dest = now.expand(v.unquote(destOf(in.Command)))
		if run, ok := in.Command.(*instructions.RunCommand); ok {
			next.run = run
			next.script = v.parseRun(now, run)
		}
		st.steps = append(st.steps, next)
		now = v.after(next)
	}
	st.end = now
	st.context = v.readsContext(st)
	return st
}

func (v *view) start(s Stage) state {
	if s.BaseStage >= 0 {
		return v.stages[s.BaseStage].end
	}
	now := state{workdir: path.Join("/", s.Image.WorkingDir), user: s.Image.User, shell: s.Image.Shell}
	if now.shell == nil && isWindows().MatchString(s.Base) {
		now.shell = []string{"cmd"}
	}
	for _, e := range s.Image.Env {
		name, value, _ := strings.Cut(e, "=")
		now = now.with(variable{name: name, value: value, isSet: true})
	}
	return now
}

// isWindows matches the names of images for Windows, which has a different shell.
var isWindows = lazily(`(?i)windows|nanoserver|servercore|dotnet/framework`)

// destOf returns the path that an instruction makes, as written.
func destOf(c instructions.Command) string {
	switch c := c.(type) {
	case *instructions.CopyCommand:
		return c.DestPath
	case *instructions.AddCommand:
		return c.DestPath
	case *instructions.WorkdirCommand:
		return c.Path
	}
	return ""
}

func (v *view) after(st *step) state {
	s := st.before
	switch c := st.Command.(type) {
	case *instructions.WorkdirCommand:
		s.workdir = st.destination()
	case *instructions.UserCommand:
		s.user = v.unquote(c.User)
	case *instructions.ShellCommand:
		s.shell = c.Shell
	case *instructions.EnvCommand:
		for _, e := range c.Env {
			s = s.with(variable{name: e.Key, value: v.unquote(e.Value), isSet: true})
		}
	case *instructions.ArgCommand:
		for _, a := range c.Args {
			value, isSet := v.argValue(a)
			s = s.with(variable{name: a.Key, value: value, isSet: isSet, arg: true})
		}
	}
	return s
}

// isRoot reports whether commands run as root with the home directory /root.
func (s state) isRoot() bool {
	home := s.vars.lookup("HOME")
	return s.isRootUser() && (home == nil || home.value == "/root") && !s.movesCaches()
}

// movesCaches reports whether variables move the caches that programs have in the
// home directory.
func (s state) movesCaches() bool { return s.env("XDG_CACHE_HOME", "XDG_DATA_HOME") }

// isRootUser reports whether commands run as root.
func (s state) isRootUser() bool {
	name, _, _ := strings.Cut(s.user, ":")
	return name == "" || name == "root" || name == "0"
}

// join returns a path relative to a directory.
func join(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// A mount is a mount of a RUN, as written.
type mount struct{ kind, id, from, source, target string }

var (
	leadingFlags = lazily(`(?i)^\s*RUN((?:\s+--\S+)*)`)
	mountFlag    = lazily(`--mount=(\S+)`)
)

// mounts returns the mounts of a step. BuildKit's parser returns mounts with
// variables only after it has expanded them.
func (s *step) mounts() (list []mount) {
	if s.run == nil {
		return nil
	}
	flags := leadingFlags().FindString(s.run.String())
	for _, m := range mountFlag().FindAllStringSubmatch(flags, -1) {
		list = append(list, parseMount(strings.Trim(m[1], `"'`)))
	}
	return list
}

func parseMount(text string) mount {
	m := mount{kind: "bind"}
	for field := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.Trim(field, `"`), "=")
		switch strings.ToLower(name) {
		case "type":
			m.kind = strings.ToLower(value)
		case "id":
			m.id = value
		case "from":
			m.from = value
		case "source", "src":
			m.source = value
		case "target", "dst", "destination":
			m.target = value
		}
	}
	return m
}
