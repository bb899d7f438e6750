package dockerd

import (
	"os"
	"syscall"
	"testing"
)

// TestStartAndClose has an engine end on request, and by the end of its
// process alone.
func TestStartAndClose(t *testing.T) {
	for name, end := range map[string]func(*Daemon){
		"asked":  func(*Daemon) {},
		"killed": func(d *Daemon) { _ = syscall.Kill(d.cmd.Process.Pid, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Start(t.Context(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := d.Client(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			workers, err := c.ListWorkers(t.Context())
			if err != nil || len(workers) != 1 {
				t.Errorf("workers %v, %v", workers, err)
			}
			c.Close()
			end(d)
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if left := d.processes(); len(left) > 0 {
				t.Errorf("left running: %v", left)
			}
			if _, err := os.Stat(d.dir); !os.IsNotExist(err) {
				t.Errorf("the folder is still there: %v", err)
			}
		})
	}
}
