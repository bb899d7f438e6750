package workbench_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/workbench"
)

// userEnv makes the test binary open the workbench and then wait to be killed.
const userEnv = "STRATA_TEST_USER"

func TestMain(m *testing.M) {
	if os.Getenv(userEnv) != "" {
		os.Exit(waitAsUser())
	}
	code, err := withTools(m)
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// shared is the folder of the tools that the tests' own workbenches use.
var shared string

func withTools(m *testing.M) (int, error) {
	var err error
	if shared, err = workbench.DefaultRoot(); err != nil {
		return 1, err
	}
	for _, name := range []string{"buildkitd", "buildctl"} {
		if _, err := workbench.BuildTool(context.Background(), name); err != nil {
			return 1, err
		}
	}
	return m.Run(), nil
}

func waitAsUser() int {
	b, err := workbench.Open(context.Background())
	if err == nil {
		_, err = b.StartDaemon(context.Background(), workbench.DaemonOptions{})
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString("open\n")
	time.Sleep(time.Minute)
	return 1
}

// newRoot makes an empty workbench, which uses the tools already built, the default one
// of the test.
func newRoot(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	t.Setenv("STRATA_WORKBENCH", root)
	for _, dir := range []string{"bin", "debs"} {
		if err := os.MkdirAll(filepath.Join(shared, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(shared, dir), filepath.Join(root, dir)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := workbench.Down(context.Background()); err != nil {
			t.Error(err)
		}
		if left := processesOf(root); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
	})
	return root
}

// processesOf are the command lines of all processes that name the folder.
func processesOf(root string) []string {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var lines []string
	for _, file := range found {
		b, err := os.ReadFile(file)
		self := strings.HasPrefix(file, "/proc/"+strconv.Itoa(os.Getpid())+"/")
		if err == nil && !self && strings.Contains(string(b), root+"/") {
			lines = append(lines, strings.ReplaceAll(string(b), "\x00", " "))
		}
	}
	return lines
}

// pid is the process of the main daemon.
func pid(t *testing.T) int {
	t.Helper()
	st, err := workbench.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range st.Processes {
		if p.Name == "buildkitd/main" && p.Problem == nil && len(p.Pids) == 1 {
			return p.Pids[0]
		}
	}
	t.Fatalf("the daemon is not up: %+v", st)
	return 0
}

func TestUpTwiceAtOnceAndDown(t *testing.T) {
	newRoot(t)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := workbench.Up(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := pid(t)
	if err := workbench.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := pid(t); again != first {
		t.Errorf("the second up started another daemon: %d, then %d", first, again)
	}
	if err := workbench.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := pid(t); again == first {
		t.Error("reset has not restarted the daemon")
	}
}

func TestUpHealsKilledDaemon(t *testing.T) {
	newRoot(t)
	if err := workbench.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := pid(t)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := workbench.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := pid(t); again == first {
		t.Error("the daemon was not restarted")
	}
}

func TestLastUserEndsIt(t *testing.T) {
	root := newRoot(t)
	a, err := workbench.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := workbench.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	pid(t) // b still uses it
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	waitForNone(t, root)
}

// waitForNone waits until the watcher has ended all processes.
func waitForNone(t *testing.T, root string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		left := processesOf(root)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", left)
		}
	}
}

func TestKilledUserLeavesNothing(t *testing.T) {
	root := newRoot(t)
	user := exec.Command(os.Args[0])
	user.Env = append(os.Environ(), userEnv+"=1")
	user.Stderr = os.Stderr
	out, err := user.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := user.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatalf("the user did not open the workbench: %v", err)
	}
	if n := len(processesOf(root)); n < 4 {
		t.Errorf("%d processes instead of a registry, two daemons and a watcher", n)
	}
	if err := user.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = user.Wait()
	waitForNone(t, root)
}
