package clients

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestClientsPage does what docs/clients.md tells its reader to do. A block of
// text is what the commands before it print.
func TestClientsPage(t *testing.T) {
	blocks := scenario.Blocks(t, "../../../docs/clients.md")
	scenario.Publish(t, "stratabuild/strata:1")
	r := newReader(t)
	var said string
	commands := 0
	for _, b := range blocks {
		switch b.Language {
		case "dockerfile":
			r.project.Write("Dockerfile", b.Text)
		case "hcl":
			r.project.Write("docker-bake.hcl", b.Text)
		case "sh":
			said = r.run(t, b.Text)
			commands++
		case "text":
			if strings.TrimSpace(said) != strings.TrimSpace(b.Text) {
				t.Errorf("printed is\n%s\nnot\n%s", said, b.Text)
			}
		default:
			t.Errorf("nobody knows what to do with a block of %s", b.Language)
		}
	}
	if commands < 10 {
		t.Errorf("the page has only %d blocks of commands", commands)
	}
	if got := filesOf(t, r.project.Dir+"/out/2"); got["version"] != "2" {
		t.Errorf("version 2 was baked as %q", got)
	}
}

// reader is somebody with a project, a secret and an SSH agent.
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
			"docker buildx", "buildx", // without a Docker Engine, buildx is run by itself
			"registry.example.com", scenario.Env().Registry()+"/clients/"+scenario.Unique(),
		),
	}
}

// run runs commands and returns what they print.
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
