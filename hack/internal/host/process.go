package host

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Processes returns the other processes whose arguments, each of them between two
// zero bytes, contain the text.
func Processes(text string) (found []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		arguments, err := os.ReadFile(file)
		if err == nil && bytes.Contains(append([]byte{0}, arguments...), []byte(text)) { // otherwise it has just ended
			found = append(found, pid)
		}
	}
	return found
}

// End asks the processes that find returns to end, and kills those that do not.
func End(name string, find func() []int) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if Kill(find, signal) {
			return nil
		}
	}
	return fmt.Errorf("%s (processes %v) does not end, not even by SIGKILL", name, find())
}

// Kill sends a signal to the processes that find returns, and reports whether they
// end within ten seconds.
func Kill(find func() []int, signal syscall.Signal) bool {
	for _, pid := range find() {
		_ = syscall.Kill(pid, signal) // it may just have ended
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if len(find()) == 0 {
			return true
		}
	}
	return false
}
