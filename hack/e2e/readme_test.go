package e2e

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestReadmeCommands runs every command of the README's "sh" blocks. For make
// targets it only checks that they exist: the project's own checks run them.
func TestReadmeCommands(t *testing.T) {
	targets := makeTargets(t)
	commands := shellCommands(t, "README.md")
	if len(commands) < 5 {
		t.Fatalf("found only %q in the README", commands)
	}
	publish(t, "stratabuild/strata:1")
	dir := copyExample(t, "static-site")
	for _, c := range commands {
		words := strings.Fields(c)
		t.Run(strings.Join(words[:min(4, len(words))], "-"), func(t *testing.T) {
			if target, ok := strings.CutPrefix(c, "make "); ok {
				if !slices.Contains(targets, target) {
					t.Errorf("the Makefile has no target %q", target)
				}
				return
			}
			runAsReader(t, c, dir)
		})
	}
}

// TestReadmeDockerfiles builds the README's Dockerfiles, whose syntax line
// names Strata by its public name.
func TestReadmeDockerfiles(t *testing.T) {
	publish(t, "stratabuild/strata:1")
	found := 0
	for _, b := range scenario.Blocks(t, filepath.Join(checkout(t), "README.md")) {
		if b.Language != "dockerfile" {
			continue
		}
		found++
		rep := build(t, buildrun.Build{Context: writeFiles(t, map[string]string{"Dockerfile": b.Text})})
		if !strings.Contains(rep.String(), "docker.io/stratabuild/strata:1") {
			t.Errorf("this was not built by Strata:\n%s\n%s", b.Text, rep)
		}
	}
	if found == 0 {
		t.Fatal("the README shows no Dockerfile")
	}
}

// shellCommands returns the commands of a page's "sh" blocks, each on one line.
func shellCommands(t *testing.T, page string) (commands []string) {
	t.Helper()
	for _, b := range scenario.Blocks(t, filepath.Join(checkout(t), page)) {
		if b.Language != "sh" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b.Text, "\\\n", "")) {
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	return commands
}

func makeTargets(t *testing.T) (targets []string) {
	t.Helper()
	rule := regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	for _, m := range rule.FindAllStringSubmatch(readFile(t, checkout(t), "Makefile"), -1) {
		targets = append(targets, m[1])
	}
	return targets
}

// publish pushes the image under test under a name of Docker Hub: the workbench's
// registry is the mirror of docker.io.
func publish(t *testing.T, name string) {
	t.Helper()
	build(t, buildrun.Build{
		Frontend: buildrun.Builtin,
		Context:  writeFiles(t, map[string]string{"Dockerfile": "FROM " + scenario.Frontend() + "\n"}),
		Exports:  []buildrun.Export{buildrun.Push(scenario.Env().Registry() + "/" + name)},
	})
}

// runAsReader runs a command in a separate project, like a reader of the README.
func runAsReader(t *testing.T, command, project string) {
	t.Helper()
	if _, err := scenario.Env().Tool(t.Context(), "buildx"); err != nil {
		t.Fatal(err)
	}
	// There is no Docker Engine, so buildx is called directly.
	command = strings.ReplaceAll(command, "docker buildx", "buildx")
	out, err := runCommand(t, project, "sh", "-c", command)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	if strings.Contains(out, "panic:") {
		t.Errorf("%s\n%s", command, out)
	}
}
