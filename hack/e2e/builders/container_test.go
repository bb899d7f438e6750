package builders

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// imageDockerfile makes a minimal image of BuildKit. Git is for contexts and ADD.
const imageDockerfile = `FROM busybox
COPY . /
ENTRYPOINT ["buildkitd"]
`

// pushBuildKit pushes the pinned BuildKit as the default image of buildx's driver
// docker-container.
func pushBuildKit(t *testing.T) {
	t.Helper()
	p := scenario.New(t, scenario.Files{"Dockerfile": imageDockerfile, ".dockerignore": "Dockerfile\n.dockerignore\n"})
	for _, name := range []string{"buildkitd", "buildctl"} {
		program, err := scenario.Env().Tool(t.Context(), name)
		must(t, err)
		command(t, "install", "-D", program, filepath.Join(p.Dir, "bin", name))
	}
	runc, err := exec.LookPath("runc")
	must(t, err)
	command(t, "install", "-D", runc, filepath.Join(p.Dir, "bin", "buildkit-runc"))
	copyLibraries(t, runc, p.Dir)
	for _, program := range []string{"/usr/bin/git", "/usr/lib/git-core/git-remote-http"} {
		command(t, "cp", "--parents", program, p.Dir)
		copyLibraries(t, program, p.Dir)
	}
	command(t, "cp", "--parents", "--no-dereference", "/usr/bin/git-upload-pack", "/usr/lib/git-core/git-submodule",
		"/usr/lib/git-core/git-sh-setup", "/usr/lib/git-core/git-sh-i18n", p.Dir)
	p.Push(scenario.Env().Registry() + "/moby/buildkit:buildx-stable-1")
}

var library = regexp.MustCompile(`/\S+\.so\S*`)

// copyLibraries copies the libraries that a program of the machine is linked with.
func copyLibraries(t *testing.T, program, dir string) {
	t.Helper()
	for _, file := range library.FindAllString(command(t, "ldd", program), -1) {
		command(t, "cp", "--parents", "--dereference", file, dir)
	}
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}
