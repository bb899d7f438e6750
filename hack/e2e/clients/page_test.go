package clients

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestClientsPage follows the instructions of docs/clients.md. A block of text is
// the output of the commands before it.
func TestClientsPage(t *testing.T) {
	r := newReader(t)
	var said string
	r.follow(t, "clients.md", 10, func(b scenario.Block) {
		switch b.Language {
		case "sh":
			said = r.run(t, b.Text)
		case "text":
			if strings.TrimSpace(said) != strings.TrimSpace(b.Text) {
				t.Errorf("printed is\n%s\nnot\n%s", said, b.Text)
			}
		}
	})
	if got := filesOf(t, r.project.Dir+"/out/2"); got["version"] != "2" {
		t.Errorf("version 2 was baked as %q", got)
	}
}

// TestHowToPages follows the instructions of the other pages for users.
func TestHowToPages(t *testing.T) {
	for page, commands := range map[string]int{"migrate.md": 5, "ci.md": 4, "mirrors.md": 2} {
		t.Run(page, func(t *testing.T) {
			r := newReader(t)
			r.project.Write("Dockerfile", "FROM busybox\nRUN true\n")
			r.project.Write("docker-bake.hcl", "target \"default\" {}\n")
			r.follow(t, page, commands, func(b scenario.Block) {
				if b.Language == "sh" {
					r.run(t, b.Text)
				}
			})
		})
	}
}

// fileOf is the file that a block of a language shows.
var fileOf = map[string]string{"dockerfile": "Dockerfile", "hcl": "docker-bake.hcl", "yaml": "compose.yaml"}

// follow reads a page with at least the given number of command blocks. It writes
// the files, and passes all other blocks to do.
func (r reader) follow(t *testing.T, page string, commands int, do func(scenario.Block)) {
	t.Helper()
	scenario.Publish(t, "stratabuild/strata:1")
	for _, b := range scenario.Blocks(t, "../../../docs/"+page) {
		if file := fileOf[b.Language]; file != "" {
			r.project.Write(file, b.Text)
			continue
		}
		do(b)
		if b.Language == "sh" {
			commands--
		}
	}
	if commands > 0 {
		t.Errorf("%s lacks %d blocks of commands", page, commands)
	}
}

// reader has a project, a secret and an SSH agent.
type reader struct {
	project *scenario.Project
	env     []string
	hosts   *strings.Replacer
}

func newReader(t *testing.T) reader {
	t.Helper()
	for _, tool := range []string{"buildx", "buildctl"} {
		if _, err := scenario.Env().Tool(t.Context(), tool); err != nil {
			t.Fatal(err)
		}
	}
	parent := scenario.New(t, scenario.Files{"tools/made": "elsewhere\n", "app/token.txt": "1234"})
	project := *parent
	project.Dir += "/app"
	socket, _ := startAgent(t)
	return reader{
		project: &project,
		env:     append(append(os.Environ(), scenario.Env().Environ()...), "SSH_AUTH_SOCK="+socket, "BUILDKIT_PROGRESS=plain"),
		hosts: strings.NewReplacer(
			"docker buildx", "buildx", // there is no Docker Engine, so buildx is called directly
			"registry.example.com", scenario.Env().Registry()+"/clients/"+scenario.Unique(),
			// buildx itself does not use the daemon's mirror of Docker Hub.
			"imagetools inspect ", "imagetools inspect "+scenario.Env().Registry()+"/",
			"strata:1 stratabuild/", "strata:1 "+scenario.Env().Registry()+"/stratabuild/",
		),
	}
}

// run runs commands and returns their output.
func (r reader) run(t *testing.T, block string) string {
	t.Helper()
	block = r.hosts.Replace(block)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", block)
	cmd.Dir, cmd.Env, cmd.Stderr = r.project.Dir, r.env, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s\n%v\n%s%s", block, err, out, &stderr)
	}
	return string(out)
}
