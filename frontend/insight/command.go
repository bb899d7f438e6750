package insight

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// stepName returns a name of an instruction for use in a sentence: for a RUN
// the first words of its main command, for others the keyword.
func stepName(text string) string {
	words := strings.Fields(text)
	name := keyword(text)
	if strings.TrimPrefix(name, "ONBUILD ") != "RUN" {
		return name
	}
	words = words[len(strings.Fields(name)):]
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		words = words[1:]
	}
	var exec []string
	if json.Unmarshal([]byte(strings.Join(words, " ")), &exec) == nil {
		return strings.TrimSpace(name + " " + firstWords(exec))
	}
	return strings.TrimSpace(name + " " + firstCommand(strings.Join(words, " ")))
}

var (
	separator  = regexp.MustCompile(`&&|\|\||[;|]`)
	assignment = regexp.MustCompile(`^\w+=`)
	subcommand = regexp.MustCompile(`^[a-z][a-z0-9_:-]*$`)
)

// preparing are commands that only prepare another one. wrapping are commands
// that run the command after them.
var (
	preparing = []string{"set", "cd", "export", "umask", "true", ":"}
	wrapping  = []string{"exec", "env", "sudo", "time", "nice"}
)

// firstCommand returns the first command of a shell command line that is not
// only a preparation.
func firstCommand(line string) string {
	first := ""
	for _, part := range separator.Split(line, -1) {
		words := strings.Fields(part)
		for len(words) > 1 && (assignment.MatchString(words[0]) || slices.Contains(wrapping, words[0])) {
			words = words[1:]
		}
		if len(words) == 0 {
			continue
		}
		if !slices.Contains(preparing, words[0]) {
			return firstWords(words)
		}
		if first == "" {
			first = firstWords(words)
		}
	}
	return first
}

// firstWords returns a program and its subcommand.
func firstWords(words []string) string {
	n := min(1, len(words))
	if len(words) > 1 && subcommand.MatchString(words[1]) {
		n = 2
	}
	if len(words) > 2 && (words[1] == "run" || words[1] == "-m") { // npm run build, python -m build
		n = 3
	}
	return shown(strings.Join(words[:n], " "))
}
