package lock

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// client is a client program with its arguments to build the project.
type client struct {
	name string
	env  []string
	args []string
}

// run runs the program in the project, and returns its output.
func (c client) run(t *testing.T, m *moving, args ...string) (string, error) {
	t.Helper()
	cmd, err := scenario.Env().Command(t.Context(), c.args[0], append(c.args[1:len(c.args):len(c.args)], args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = m.Dir, &said, &said
	cmd.Env = append(cmd.Env, c.env...)
	err = cmd.Run()
	return said.String(), err
}

// Clients with docker/dockerfile build from the same inputs: buildctl and buildx
// use the lock as their source policy. The provenance lists the pinned sources.
func TestStockFrontend(t *testing.T) {
	m := newMoving(t, dockerfile)
	m.lock(scenario.Shared(t))
	first := m.digests
	m.move()
	m.Write("Dockerfile", "# syntax="+scenario.ReferenceImage(t)+"\n"+m.Read("Dockerfile")) // docker/dockerfile as an image
	strata := "--build-arg=BUILDKIT_SYNTAX=" + scenario.Frontend()
	policy := []string{"EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=" + filepath.Join(m.Dir, "Dockerfile.lock")}
	clients := []client{
		{"buildctl", nil, []string{"buildctl", "build", "--frontend=dockerfile.v0", "--local=context=.", "--local=dockerfile=.", "--source-policy-file=Dockerfile.lock"}},
		{"buildx", policy, []string{"buildx", "build", "."}},
		{"Strata", nil, []string{"buildx", "build", strata, "."}},
		{"Strata with the policy", policy, []string{"buildx", "build", strata, "."}},
	}
	for _, c := range clients {
		dest := t.TempDir()
		if said, err := c.run(t, m, "--output=type=local,dest="+dest); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, said)
		}
		scenario.HoldsFiles(t, dest, holds(1))
	}
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	if said, err := clients[2].run(t, m, "--metadata-file="+metadata); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	provenance, err := os.ReadFile(metadata)
	must(t, err)
	for _, pin := range []string{first["BASE"], first["TOOL"], first["REPO"], sumOf("1\n")} {
		says(t, string(provenance), strings.TrimPrefix(pin, "sha256:"))
	}
}
