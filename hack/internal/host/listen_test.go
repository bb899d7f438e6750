package host

import (
	"net"
	"os"
	"testing"
)

// A process listens on a port if it has the socket, and no longer after it closed it.
func TestListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	if !Listens([]int{os.Getppid(), os.Getpid()}, port) {
		t.Error("the test listens, but is not found")
	}
	if Listens([]int{os.Getppid()}, port) || Listens(nil, port) {
		t.Error("another process is found")
	}
	l.Close()
	if Listens([]int{os.Getpid()}, port) {
		t.Error("the test does not listen, but is found")
	}
}
