package insight

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A fixture describes a build in these tests. It represents the conversion of a
// small Dockerfile with one instruction on each line.
type fixture struct {
	dockerfile string
	files      map[string]file
	// images holds the digest of each base image, followed by its variables.
	images    map[string]string
	args      map[string]string
	platforms []string
	noCache   string // a stage, or * for all
	// build and period differ for each build, and for each period of a TTL.
	build, period int
	client        string
}

// A file is the content of a file, or else a link to a target.
type file struct {
	text, link string
	mode       fs.FileMode
	uncounted  bool
}

func text(lines string) file { return file{text: lines, mode: 0o644} }

// stored holds the contents of all states.
type stored map[string]Content

func (s stored) look(digest string) Content { return s[digest] }

// state makes the state of a build.
func (p fixture) state(s stored) State {
	platforms := p.platforms
	if len(platforms) == 0 {
		platforms = []string{"linux/amd64"}
	}
	st := State{Contexts: []string{MainContext}, Filtered: p.noCache != "" && p.noCache != "*"}
	for _, platform := range platforms {
		c := converter{fixture: p, platform: platform, stored: s, state: &st, ends: map[string]stageEnd{}}
		for i, line := range strings.Split(strings.TrimSpace(p.dockerfile), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				c.instruction(i+1, line)
			}
		}
	}
	return salt("pepper").hashed(st)
}

// stageEnd is the state at the end of a stage.
type stageEnd struct {
	step             int // -1 for none
	env, args        map[string]string
	seen             map[string]string // by the last command
	user, dir, shell string
}

func (e stageEnd) clone() stageEnd {
	e.env, e.args, e.seen = maps.Clone(e.env), maps.Clone(e.args), maps.Clone(e.seen)
	return e
}

type converter struct {
	fixture
	stored
	platform string
	state    *State
	stage    string
	stages   int
	ends     map[string]stageEnd
	end      stageEnd
	step     StepInputs
}

func (c *converter) input(kind Kind, name, value string) {
	c.step.Inputs = append(c.step.Inputs, Input{Kind: kind, Name: name, Value: value})
}

func (c *converter) add() {
	c.end.step = len(c.state.Steps)
	c.state.Steps = append(c.state.Steps, c.step)
	c.ends[c.stage] = c.end
}

func (c *converter) instruction(line int, text string) {
	words := strings.Fields(text)
	c.step = StepInputs{Stage: c.stage, Line: line, Text: text, Platform: c.platform, Parent: c.end.step}
	c.step.Forced = c.noCache == "*" || c.stage != "" && c.noCache == c.stage
	switch words[0] {
	case "FROM":
		c.from(words)
	case "ENV", "ARG":
		name, value, _ := strings.Cut(words[1], "=")
		if given, ok := c.args[name]; ok && words[0] == "ARG" {
			value = given
		}
		c.end.env[name] = value
	case "USER":
		c.end.user = words[1]
	case "SHELL":
		c.end.shell = words[1]
	case "WORKDIR":
		c.end.dir = words[1]
		c.input(KindText, "files", "mkdir "+words[1])
		c.input(KindText, "user", c.end.user)
		c.add()
	case "COPY":
		c.copy(words)
	case "RUN":
		c.run(words)
	}
	c.ends[c.stage] = c.end
}

func (c *converter) from(words []string) {
	c.stage = fmt.Sprintf("stage-%d", c.stages)
	if len(words) == 4 {
		c.stage = words[3]
	}
	c.stages++
	base := c.expand(words[1])
	if end, ok := c.ends[base]; ok {
		c.end = end.clone()
		return
	}
	c.end = stageEnd{step: -1, env: map[string]string{}, args: map[string]string{}, seen: map[string]string{}}
	if base == "scratch" {
		return
	}
	c.step.Stage, c.step.Parent, c.step.Forced = c.stage, -1, false
	c.input(KindPlatform, "", c.platform)
	c.image(base)
	_, env, _ := strings.Cut(c.images[base], " ")
	for _, pair := range strings.Fields(env) {
		name, value, _ := strings.Cut(pair, "=")
		c.input(kindEnvironment, name, value)
		c.end.env[name] = value
	}
	c.add()
}

// image is the input for an image. Its digest derives from its name, unless
// another one is given.
func (c *converter) image(name string) {
	digest, _, _ := strings.Cut(c.images[name], " ")
	if digest == "" {
		digest = "of-" + name
	}
	c.input(KindBase, name, "sha256:"+digest)
}

var variableReference = regexp.MustCompile(`\$\w+`)

// expand replaces variables, as $NAME, and records those that a step uses.
func (c *converter) expand(word string) string {
	return variableReference.ReplaceAllStringFunc(word, func(name string) string {
		value, ok := c.end.env[name[1:]]
		if !ok {
			value = c.args[name[1:]]
		}
		if name == "$TARGET" {
			value = strings.TrimPrefix(c.platform, "linux/")
		}
		c.input(KindVariable, name[1:], value)
		return value
	})
}

func (c *converter) copy(words []string) {
	var paths []string
	from := -1
	for _, w := range words[1:] {
		name, isFrom := strings.CutPrefix(w, "--from=")
		end, isStage := c.ends[name]
		switch {
		case isFrom && isStage:
			if from = end.step; from < 0 {
				from = -2 // nothing is there to be read
			}
		case isFrom:
			c.image(name)
			from = -2
		case w == "--link":
			c.step.Linked = true
		case !strings.HasPrefix(w, "--"):
			paths = append(paths, c.expand(w))
		}
	}
	dest := paths[len(paths)-1]
	if !strings.HasPrefix(dest, "/") {
		dest = c.end.dir + "/" + dest
	}
	for _, src := range paths[:len(paths)-1] {
		c.input(KindText, "files", "copy "+src[strings.LastIndex(src, "/")+1:]+" "+dest)
		switch files := (Selection{Path: src}); from {
		case -2:
		case -1:
			c.step.Reads = append(c.step.Reads, Read{Step: -1, Files: files, Digest: c.store(src)})
		default:
			c.step.Reads = append(c.step.Reads, Read{Step: from, Files: files})
		}
	}
	c.add()
}

// store records the files that a path selects.
func (c *converter) store(path string) string {
	var content Content
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if path != "." && name != path && !strings.HasPrefix(name, path+"/") {
			continue
		}
		f := c.files[name]
		entry := File{Path: name, Name: strings.Trim(strings.TrimPrefix(name, path), "/"), Mode: f.mode, Target: f.link}
		if path == "." {
			entry.Name = name
		}
		if f.mode.IsRegular() {
			entry.Hash = "hash of " + f.text
			if !f.uncounted {
				entry.Lines = lineHashes(f.text)
			}
		}
		content = append(content, entry)
	}
	digest := content.digest()
	c.stored[digest] = content
	return digest
}

func lineHashes(text string) (hashes []uint32) {
	for line := range strings.Lines(text) {
		sum := uint32(0)
		for _, b := range []byte(line) {
			sum = sum*31 + uint32(b)
		}
		hashes = append(hashes, sum)
	}
	return hashes
}

func (c *converter) run(words []string) {
	command := []string{c.end.shell}
	for _, w := range words[1:] {
		flag, value, _ := strings.Cut(w, "=")
		switch flag {
		case "--mount":
			c.mount(value)
		case "--no-cache":
			c.input(KindFreshness, "build", fmt.Sprint(c.build))
		case "--cache-ttl":
			c.input(KindFreshness, "ttl", fmt.Sprint(value, "/", c.period))
		case "--cache-key":
			c.input(KindFreshness, "key", value)
		default:
			command = append(command, w)
		}
	}
	c.input(KindText, "command", strings.Join(command, " "))
	c.input(KindText, "directory", c.end.dir)
	c.input(KindText, "user", c.end.user)
	c.input(KindClient, "network", c.client)
	c.input(KindPlatform, "", c.platform)
	c.environment()
	c.add()
}

// environment adds the differences from the command before.
func (c *converter) environment() {
	for _, name := range slices.Sorted(maps.Keys(c.end.env)) {
		if old, ok := c.end.seen[name]; !ok || old != c.end.env[name] {
			c.input(KindVariable, name, c.end.env[name])
		}
	}
	c.end.seen = maps.Clone(c.end.env)
}

func (c *converter) mount(spec string) {
	options := map[string]string{}
	for _, o := range strings.Split(spec, ",") {
		name, value, _ := strings.Cut(o, "=")
		options[name] = value
	}
	c.input(KindMount, options["target"], options["type"]+options["id"])
	if end, ok := c.ends[options["from"]]; ok && end.step >= 0 {
		c.step.Reads = append(c.step.Reads, Read{Step: end.step, Files: Selection{Path: "/"}})
	}
}

// longFile is a Dockerfile of many steps, each with a variable.
func longFile(n int, format string) fixture {
	var b strings.Builder
	b.WriteString("FROM busybox\nRUN first\n")
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return steady(b.String())
}
