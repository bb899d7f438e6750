package fix

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
)

// removePlatform removes --platform=$TARGETPLATFORM with the blanks after it. It
// keeps the flag if the file declares the variable, which can then have a different
// value.
func removePlatform(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	if f.declares("TARGETPLATFORM") {
		return nil
	}
	words := in.words()
	if !in.is(command.From) || len(words) < 3 || len(in.node.Flags) != 1 || !strings.HasPrefix(in.word(words[1]), "--platform=") {
		return nil
	}
	return f.replace(in, span{words[1].start, words[2].start}, "")
}

// declares reports whether an ARG before the first FROM declares a name.
func (f *File) declares(name string) bool {
	for _, in := range f.instructions {
		if strings.EqualFold(in.node.Value, command.From) {
			return false
		}
		for arg := in.node.Next; arg != nil; arg = arg.Next {
			if key, _, _ := strings.Cut(arg.Value, "="); key == name {
				return true
			}
		}
	}
	return false
}

// plainPath matches a path without expansions.
var plainPath = regexp.MustCompile(`^[\w./@%+,:-]+$`)

// absoluteWorkdir puts the working directory of the base image, which the warning
// suggests, before the path.
func absoluteWorkdir(f *File, in instruction, d diag.Diagnostic) []advice.Edit {
	args, ok := in.arguments()
	if !ok || !in.is(command.Workdir) || d.Suggestion == "" {
		return nil
	}
	dir := path.Join(d.Suggestion, in.word(args))
	if !plainPath.MatchString(in.word(args)) || !plainPath.MatchString(dir) {
		return nil
	}
	return f.replace(in, args, dir)
}

// eachPort edits the ports of an EXPOSE.
func eachPort(f *File, in instruction, change func(port string) string) (edits []advice.Edit) {
	if !in.is(command.Expose) {
		return nil
	}
	for _, w := range in.words()[1:] {
		port := in.word(w)
		if changed := change(port); changed != port && !strings.ContainsRune(port, '$') {
			edits = append(edits, f.replace(in, w, changed)...)
		}
	}
	return edits
}

func lowerProtocol(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	return eachPort(f, in, strings.ToLower)
}

// containerPort removes the address and the port of the host.
func containerPort(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	return eachPort(f, in, func(port string) string { return port[strings.LastIndexByte(port, ':')+1:] })
}

// plainCommand matches commands that a shell only has to start.
var plainCommand = regexp.MustCompile(`^[\w./@%+,:-]+( +[\w./@%+,:=-]+)*$`)

// builtins are commands that exist only in a shell.
var builtins = []string{".", ":", "alias", "cd", "eval", "exec", "exit", "export", "read", "set", "source", "trap", "ulimit", "umask", "unset", "wait"}

// writeJSON writes a command in JSON form.
func writeJSON(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	args, ok := in.arguments()
	if !ok || !in.is(command.Cmd, command.Entrypoint) || !plainCommand.MatchString(in.word(args)) {
		return nil
	}
	words := strings.Fields(in.word(args))
	if slices.Contains(builtins, words[0]) {
		return nil
	}
	for i, w := range words {
		quoted, err := json.Marshal(w)
		if err != nil {
			return nil
		}
		words[i] = string(quoted)
	}
	return f.replace(in, args, "["+strings.Join(words, ", ")+"]")
}
