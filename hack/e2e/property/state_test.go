package property

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// state is where a stage has got to.
type state struct {
	Key    string // of what the next step lies on
	Files  tree
	Env    variables // as commands see it
	Dir    string
	Config config
}

// config is what the image says besides its files.
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

// inherit is the state at the start of a stage on top of this one. It has the
// args as well, but the image's own variables come after them.
func (s state) inherit() state {
	s = s.clone()
	for _, v := range s.Config.Env {
		s.Env = s.Env.set(v.Name, v.Value)
	}
	return s
}

// expand replaces the variables in a text, as the shell does.
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

// below is the file at name, under "", or what is in the folder there.
func (t tree) below(name string) tree {
	found := tree{}
	for p, n := range t {
		if rest, ok := strings.CutPrefix(p, name); ok && (rest == "" || rest[0] == '/') && !n.Dir {
			found[rest] = n
		}
	}
	return found
}

// at is the tree that an instruction reads of the context, by the paths there.
func (t tree) at(in instruction) tree {
	found := tree{}
	if in.From == fromContext {
		for name, n := range t {
			found[in.Source+name] = n
		}
	}
	return found
}

// without leaves out the files of an ending that lie in the folder itself.
func (t tree) without(ending string) tree {
	kept := maps.Clone(t)
	maps.DeleteFunc(kept, func(name string, _ node) bool {
		return path.Dir(name) == "/" && strings.HasSuffix(name, ending)
	})
	return kept
}

// digest is the content of the tree. Times are no part of it.
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

// cat is what "cat *" prints in the folder, or cat of the file.
func (t tree) cat() (text string) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if strings.Count(name, "/") <= 1 {
			text += t[name].Content
		}
	}
	return text
}
