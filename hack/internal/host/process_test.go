package host

import (
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

// A process is found by its arguments, and can be ended by a signal or on request.
func TestEnd(t *testing.T) {
	for name, end := range map[string]func(find func() []int) bool{
		"":     func(find func() []int) bool { return End("the shell", find) == nil },
		"TERM": func(find func() []int) bool { return Kill(find, syscall.SIGKILL) },
	} {
		mark := t.TempDir()
		// It waits for input, and does not start other programs: until they run, these have
		// its arguments.
		cmd := exec.Command("sh", "-c", "trap '' INT "+name+"; echo ready; read line", mark)
		_, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		find := func() []int { return Processes("\x00" + mark + "\x00") }
		if found := find(); !slices.Equal(found, []int{cmd.Process.Pid}) {
			t.Fatalf("found %v, not %d", found, cmd.Process.Pid)
		}
		if !end(find) || len(find()) > 0 {
			t.Error("it does not end")
		}
		<-ended
	}
}
