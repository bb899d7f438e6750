package buildrun_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

var bench *workbench.Env

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if bench, err = workbench.Open(ctx); err != nil {
		return 1, err
	}
	defer func() {
		if closeErr := bench.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := bench.EnsureImages(ctx, "busybox"); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func connect(t *testing.T, d *workbench.Daemon) *client.Client {
	t.Helper()
	c, err := d.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// project returns a folder with a Dockerfile. Its content is new in every run, so
// that the cache of an earlier run does not affect the test.
func project(t *testing.T, dockerfile string) string {
	t.Helper()
	dir := t.TempDir()
	unique := fmt.Sprint(time.Now().UnixNano())
	for name, data := range map[string]string{
		"Dockerfile": strings.ReplaceAll(dockerfile, "UNIQUE", unique),
		"input.txt":  "first\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const small = `FROM busybox
RUN echo one UNIQUE
COPY input.txt /
RUN cat input.txt
`

func build(t *testing.T, c *client.Client, b buildrun.Build) *buildrun.Report {
	t.Helper()
	rep, err := buildrun.Run(t.Context(), c, b)
	if err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	return rep
}

func TestSecondBuildIsCached(t *testing.T) {
	c := connect(t, bench.Daemon())
	b := buildrun.Build{Context: project(t, small)}
	first := build(t, c, b)
	if ran := first.Ran(); len(ran) != 3 {
		t.Errorf("of three steps these ran the first time: %q", ran)
	}
	step, err := first.Step("RUN cat")
	if err != nil {
		t.Fatal(err)
	}
	if step.Logs != "first\n" || step.Took() <= 0 || step.Instruction() != "RUN cat input.txt" {
		t.Errorf("the step: %+v", step)
	}

	second := build(t, c, b)
	if ran, cached := second.Ran(), second.Cached(); len(ran) != 0 || len(cached) != 3 {
		t.Errorf("the second time these ran: %q, and these were cached: %q", ran, cached)
	}

	if err := os.WriteFile(filepath.Join(b.Context, "input.txt"), []byte("second\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	third := build(t, c, b)
	if ran := third.Ran(); !slices.Equal(ran, []string{"[3/4] COPY input.txt /", "[4/4] RUN cat input.txt"}) {
		t.Errorf("after a change of the input these ran: %q", ran)
	}
}

func TestExports(t *testing.T) {
	c := connect(t, bench.Daemon())
	b := buildrun.Build{Context: project(t, "FROM scratch\nCOPY input.txt /\n")}
	dir := t.TempDir()
	for name, export := range map[string]buildrun.Export{
		"image.oci.tar":    buildrun.OCI(filepath.Join(dir, "image.oci.tar")),
		"image.docker.tar": buildrun.Docker(filepath.Join(dir, "image.docker.tar"), "example/small"),
		"root/input.txt":   buildrun.Local(filepath.Join(dir, "root")),
		"layout/index.json": buildrun.OCILayout(filepath.Join(dir, "layout")).
			With("rewrite-timestamp", "true"),
	} {
		b.Exports = []buildrun.Export{export}
		build(t, c, b)
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("export %s: %v", name, err)
		}
	}
	b.Exports = []buildrun.Export{buildrun.Push(bench.Registry() + "/test/small:latest")}
	if rep := build(t, c, b); rep.Digest() == "" {
		t.Errorf("the push gave no digest: %v", rep.Response)
	}
}

func TestFailureKeepsReport(t *testing.T) {
	c := connect(t, bench.Daemon())
	rep, err := buildrun.Run(t.Context(), c, buildrun.Build{Context: project(t, "FROM busybox\nRUN echo so far UNIQUE\nRUN false\n")})
	if err == nil {
		t.Fatal("the build did not fail")
	}
	step, stepErr := rep.Step("RUN false")
	if stepErr != nil {
		t.Fatal(stepErr)
	}
	if step.Ran() || !strings.Contains(step.Error, "exit code: 1") || len(rep.Ran()) != 1 {
		t.Errorf("the report of a failed build:\n%s", rep)
	}
}

func TestPrivateDaemonHasItsOwnCache(t *testing.T) {
	b := buildrun.Build{Context: project(t, small)}
	build(t, connect(t, bench.Daemon()), b)
	d, err := bench.StartDaemon(t.Context(), workbench.DaemonOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rep := build(t, connect(t, d), b)
	if ran := rep.Ran(); len(ran) != 3 {
		t.Errorf("on an empty daemon these ran: %q", ran)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Dir()); !os.IsNotExist(err) {
		t.Errorf("the daemon left its folder: %v", err)
	}
}

// TestKilledDaemonLeavesNoContainer kills a daemon while a step is running.
func TestKilledDaemonLeavesNoContainer(t *testing.T) {
	d, err := bench.StartDaemon(t.Context(), workbench.DaemonOptions{})
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	failed := make(chan error, 1)
	const pause = "4242.4242"
	c := connect(t, d)
	b := buildrun.Build{
		Context: project(t, "FROM busybox\nRUN echo started && sleep "+pause+"\n"),
		Status: func(s *client.SolveStatus) {
			for _, l := range s.Logs {
				if strings.Contains(string(l.Data), "started") {
					close(started)
				}
			}
		},
	}
	go func() {
		_, err := buildrun.Run(t.Context(), c, b)
		failed <- err
	}()
	select {
	case <-started:
	case err := <-failed:
		t.Fatal(err)
	}
	if err := d.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("the build did not fail")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), d.Dir()) {
		t.Error("mounts are left")
	}
	if len(host.Processes("\x00"+pause+"\x00")) > 0 {
		t.Error("the step's process is left")
	}
}

func TestClients(t *testing.T) {
	dir := project(t, "FROM busybox\nRUN echo from a client UNIQUE\n")
	for _, argv := range [][]string{
		{"buildctl", "build", "--progress=plain", "--frontend=dockerfile.v0", "--local=context=" + dir, "--local=dockerfile=" + dir},
		{"buildx", "build", "--progress=plain", dir},
	} {
		cmd, err := bench.Command(t.Context(), argv[0], argv[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "RUN echo from a client") {
			t.Errorf("%s: %v\n%s", argv[0], err, out)
		}
	}
}
