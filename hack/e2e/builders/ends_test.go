package builders

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledEngine kills an engine in which a container runs. No process may
// remain.
func TestKilledEngine(t *testing.T) {
	t.Parallel()
	d, err := startDockerd(t.Context(), currentDocker)
	must(t, err)
	docker := client{name: "docker", command: d.Command}
	docker.run(t, "run", "--detach", "--network=none", "--env=OF="+d.host(), "busybox", "sleep", "1000")
	var before []process
	for range 1000 { // docker returns before the container has loaded its program
		if before = processes(t, d); len(before) >= 3 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, p := range before {
		if strings.HasSuffix(p.program, "dockerd") {
			must(t, syscall.Kill(p.pid, syscall.SIGKILL))
		}
	}
	must(t, d.Close())
	if left := processes(t, d); len(before) < 3 || len(left) > 0 {
		t.Errorf("the processes were %v, and %v are left", before, left)
	}
	if _, err := os.Stat(filepath.Dir(strings.TrimPrefix(d.host(), "unix://"))); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

type process struct {
	pid     int
	program string
}

// processes returns those that have the engine's folder in their arguments or its
// address in their environment.
func processes(t *testing.T, d *dockerd) (found []process) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	must(t, err)
	dir := filepath.Dir(strings.TrimPrefix(d.host(), "unix://"))
	for _, proc := range all {
		args, _ := os.ReadFile(filepath.Join(proc, "cmdline")) // it may just have ended
		env, _ := os.ReadFile(filepath.Join(proc, "environ"))
		if strings.Contains(string(args), dir) || strings.Contains(string(env), "OF="+d.host()) {
			pid, err := strconv.Atoi(filepath.Base(proc))
			must(t, err)
			program, _, _ := strings.Cut(string(args), "\x00")
			found = append(found, process{pid, program})
		}
	}
	return found
}
