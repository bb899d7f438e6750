// Command tap runs a frontend in its container and records the traffic between it
// and BuildKit. It is the entrypoint of the images that the benchmarks measure:
//
//	tap PROGRAM
//
// Both directions are forwarded unchanged. When the program has ended, tap writes
// one line to standard error, which is the daemon's log. The line starts with Mark
// and has a Record as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"syscall"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/stratabuild/strata/hack/bench/tap/record"
)

func main() {
	code, err := run(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "tap:", err)
	}
	os.Exit(code)
}

func run(program string) (int, error) {
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	r := record.Record{Calls: []record.Call{}}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	seen, note := io.Pipe()
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		listen(seen, func(method string) {
			r.Calls = append(r.Calls, record.Call{Method: method, After: time.Since(start)})
		})
		_, _ = io.Copy(io.Discard, seen)
	}()
	_, _ = io.Copy(os.Stdout, io.TeeReader(out, note))
	note.Close()
	<-listened
	err = cmd.Wait()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.PeakKB = usage.Maxrss
	}
	line, _ := json.Marshal(r)
	fmt.Fprintf(os.Stderr, "%s %s\n", record.Mark, line)
	return cmd.ProcessState.ExitCode(), err
}

// listen reads the messages of a gRPC client and reports each method that it calls.
func listen(in io.Reader, called func(method string)) {
	if _, err := io.ReadFull(in, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(io.Discard, in)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	framer.SetMaxReadFrameSize(1 << 24)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		if headers, ok := frame.(*http2.MetaHeadersFrame); ok {
			called(path.Base(headers.PseudoValue("path")))
		}
	}
}
