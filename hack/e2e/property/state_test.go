package property

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// state is the state of a stage after some of its steps.
type state struct {
	Key    string // of the state below the next step
	Files  tree
	Env    variables // the environment of commands
	Dir    string
	Config config
}

// config is the content of the image's config.
type config struct {
	Env    variables
	Labels map[string]string
	Ports  map[string]bool
	Cmd    string
}

func newState() state {
	return state{
		Key: "busybox", Files: tree{}, Dir: "/",
		Config: config{Labels: map[string]string{}, Ports: map[string]bool{}, Cmd: "sh"},
	}
}

func (s state) clone() state {
	s.Files, s.Env = maps.Clone(s.Files), slices.Clone(s.Env)
	s.Config.Env, s.Config.Labels, s.Config.Ports = slices.Clone(s.Config.Env), maps.Clone(s.Config.Labels), maps.Clone(s.Config.Ports)
	return s
}

// inherit returns the state at the start of a stage that is built on this one. It
// includes the args, but the image's own variables come after them.
func (s state) inherit() state {
	s = s.clone()
	for _, v := range s.Config.Env {
		s.Env = s.Env.set(v.Name, v.Value)
	}
	return s
}

// expand replaces the variables in a text, like the shell.
func (s state) expand(text string) string {
	for _, name := range variableNames {
		text = strings.ReplaceAll(text, "$"+name, s.Env.get(name))
	}
	return text
}

type variable struct{ Name, Value string }

// variables are in the order in which they were last set.
type variables []variable

func (v variables) set(name, value string) variables {
	v = slices.DeleteFunc(slices.Clone(v), func(x variable) bool { return x.Name == name })
	return append(v, variable{name, value})
}

func (v variables) get(name string) string {
	for _, x := range v {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

// tree is a filesystem: the files and folders that instructions make.
type tree map[string]node

type node struct {
	Dir     bool
	Content string
	Mode    uint32
	Owner   string
}

// below returns the file at name, under "", or the content of the folder there.
func (t tree) below(name string) tree {
	found := tree{}
	for p, n := range t {
		if rest, ok := strings.CutPrefix(p, name); ok && (rest == "" || rest[0] == '/') && !n.Dir {
			found[rest] = n
		}
	}
	return found
}

// at returns the tree that an instruction reads from the context, by the paths
// there.
func (t tree) at(in instruction) tree {
	found := tree{}
	if in.From == fromContext {
		for name, n := range t {
			found[in.Source+name] = n
		}
	}
	return found
}

// without excludes the files with an ending that are directly in the folder.
func (t tree) without(ending string) tree {
	kept := maps.Clone(t)
	maps.DeleteFunc(kept, func(name string, _ node) bool {
		return path.Dir(name) == "/" && strings.HasSuffix(name, ending)
	})
	return kept
}

// digest returns a digest of the tree, without times.
func (t tree) digest() string {
	if t == nil {
		return ""
	}
	var parts []any
	for _, name := range slices.Sorted(maps.Keys(t)) {
		parts = append(parts, name, t[name])
	}
	return key(parts...)
}

// cat returns the output of "cat *" in the folder, or of cat for the file.
func (t tree) cat() (text string) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if strings.Count(name, "/") <= 1 {
			text += t[name].Content
		}
	}
	return text
}
