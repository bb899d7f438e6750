package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Listens reports whether one of the processes listens on the TCP port of 127.0.0.1.
func Listens(pids []int, port int) bool {
	socket := listening(fmt.Sprintf("0100007F:%04X", port))
	return socket != "" && slices.ContainsFunc(pids, func(pid int) bool {
		files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "fd", "*"))
		return slices.ContainsFunc(files, func(file string) bool {
			target, _ := os.Readlink(file) // it may just have been closed
			return target == socket
		})
	})
}

// listening returns the name of the socket that listens on an address, in the form of
// the kernel's table, or "".
func listening(address string) string {
	const listen, state, inode = "0A", 3, 9
	table, _ := os.ReadFile("/proc/net/tcp")
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > inode && fields[1] == address && fields[state] == listen {
			return "socket:[" + fields[inode] + "]"
		}
	}
	return ""
}
