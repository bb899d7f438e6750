package property

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// The rules of docs/caching.md. A step has a key, made of its own text, of the
// state below it and of the content that it reads. It runs if its key is new.

// prediction is the expected behaviour and result of a build.
type prediction struct {
	Steps []step
	Final state
}

type step struct {
	ID  int
	Key string
	// The direct inputs of the step: the variables of a command, and files of the
	// context by their paths in it.
	Env   variables
	Files tree
}

// predict applies the rules to the stages that the target needs.
func (p project) predict() prediction {
	m := model{project: p, context: tree{}, done: map[int]state{}}
	for name, f := range p.sent() {
		m.context["/"+name] = node{Content: f.Content, Mode: uint32(f.Mode), Owner: "0:0"}
	}
	final := m.stage(p.Target)
	return prediction{m.steps, final}
}

type model struct {
	project
	context tree
	done    map[int]state
	steps   []step
}

// stage builds a stage, after those that it needs.
func (m *model) stage(i int) state {
	if s, ok := m.done[i]; ok {
		return s
	}
	s := newState()
	if base := m.Stages[i].Base; base != fromImage {
		s = m.stage(base).inherit()
	}
	for _, in := range m.Stages[i].Steps {
		s = m.apply(s, in)
	}
	m.done[i] = s
	return s
}

func (m *model) apply(s state, in instruction) state {
	s = s.clone()
	if !in.makesStep() {
		m.configure(&s, in)
		return s
	}
	out := output(in.ID)
	switch in.Kind {
	case kindWorkdir:
		s.Key = key("mkdir", s.Key, out)
		s.Files[out] = node{Dir: true, Mode: 0o755, Owner: "0:0"}
		s.Dir = out
	case kindHeredoc:
		s.Key = key("heredoc", s.Key, in.Value, out)
		s.Files[out] = node{Content: in.Value + "\n", Mode: 0o644, Owner: "0:0"}
	case kindCopy:
		m.copy(&s, in)
		return s
	default:
		read := m.mounted(in)
		s.Key = key("run", m.ground(s, in), in.spec(), in.command(), s.Env, s.Dir, read.digest())
		s.Files[out] = node{Content: in.printed(s, read), Mode: 0o644, Owner: "0:0"}
	}
	made := step{ID: in.ID, Key: s.Key, Files: m.mounted(in).at(in)}
	if strings.HasPrefix(in.line(), "RUN ") {
		made.Env = s.Env
	}
	m.steps = append(m.steps, made)
	return s
}

// spec returns the part of a mount that matters besides its content. The source
// stage and path do not matter.
func (in instruction) spec() string {
	if in.Kind == kindCat || in.Kind == kindEcho {
		return ""
	}
	return fmt.Sprint(in.Kind, in.Writable)
}

// source returns the files that a copy or a mount reads.
func (m *model) source(in instruction) tree {
	if in.From == fromContext {
		return m.context.below("/" + in.Source)
	}
	return m.stage(in.From).Files.below(in.Source)
}

func (m *model) mounted(in instruction) tree {
	if in.Kind != kindMount {
		return nil
	}
	return m.source(in)
}

// ground returns the inputs of a RUN from the steps before it. If it mounts from
// the filesystem that it runs on, BuildKit uses the content of the whole
// filesystem.
func (m *model) ground(s state, in instruction) string {
	if in.Kind == kindMount && in.From != fromContext && m.stage(in.From).Key == s.Key {
		return s.Files.digest()
	}
	return s.Key
}

// copy: the key includes the content, the flags, and the name of the source without
// its folder. With --link it includes nothing of the state below.
func (m *model) copy(s *state, in instruction) {
	files := m.source(in)
	if in.Exclude != "" {
		files = files.without(strings.TrimPrefix(in.Exclude, "*"))
	}
	own := []any{"copy", path.Base(in.Source), in.Add, in.Chmod, in.Chown, in.Exclude, output(in.ID), files.digest()}
	var k string
	if in.Link {
		k = key(append(own, "linked")...)
		s.Key = key("merge", s.Key, k)
	} else {
		k = key(append(own, s.Key)...)
		s.Key = k
	}
	m.steps = append(m.steps, step{ID: in.ID, Key: k, Files: files.at(in)})
	for name, n := range files {
		s.Files[output(in.ID)+name] = n.as(in)
	}
}

// as returns a file after the flags of a COPY are applied.
func (n node) as(in instruction) node {
	if in.Chmod != "" {
		var mode uint32
		fmt.Sscanf(in.Chmod, "%o", &mode)
		n.Mode = mode
	}
	if in.Chown != "" {
		n.Owner = in.Chown
	}
	return n
}

// printed returns the output of a RUN.
func (in instruction) printed(s state, read tree) string {
	switch in.Kind {
	case kindMount:
		return read.cat()
	case kindCache:
		return in.Value + "\n"
	case kindCat:
		text := ""
		for _, id := range in.Inputs {
			if n, ok := s.Files[output(id)]; ok && !n.Dir {
				text += n.Content
			}
		}
		return text
	default:
		return s.expand(in.Value) + "\n"
	}
}

func key(parts ...any) string {
	raw, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// configure applies an instruction that is not a step.
func (m *model) configure(s *state, in instruction) {
	switch in.Kind {
	case kindArg:
		value, ok := m.Args[in.Name]
		if !ok && in.HasValue {
			value, ok = in.Value, true
		}
		if global, declared := m.Globals[in.Name]; !ok && declared {
			value, ok = global, true
		}
		if ok {
			s.Env = s.Env.set(in.Name, value)
		}
	case kindEnv:
		s.Env = s.Env.set(in.Name, in.Value)
		if at := slices.IndexFunc(s.Config.Env, func(v variable) bool { return v.Name == in.Name }); at >= 0 {
			s.Config.Env[at].Value = in.Value
		} else {
			s.Config.Env = append(s.Config.Env, variable{in.Name, in.Value})
		}
	case kindLabel:
		s.Config.Labels[in.Name] = in.Value
	case kindExpose:
		s.Config.Ports[in.Value] = true
	case kindCmd:
		s.Config.Cmd = in.Value
	}
}
