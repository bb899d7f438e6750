package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/google/go-containerregistry/pkg/crane"
)

// mirrored are the images that the suite would copy from Docker Hub into its
// mirror, with their replacements. The suite does not copy images that the mirror
// has.
var mirrored = map[string]string{
	"library/busybox:latest":              "busybox:latest",
	"library/busybox:stable-musl":         "busybox:latest",
	"library/alpine:latest":               "alpine:latest",
	"amd64/debian:bullseye-20230109-slim": "busybox:latest",
	"tonistiigi/hellofs:latest":           "busybox:latest",
}

// makeMirror makes the folder of the suite's mirror. If Docker Hub can be reached
// the folder stays empty, and the suite fills it.
func (s *Suite) makeMirror(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !s.standIns() {
		return nil
	}
	// The suite runs its registry with this same file.
	config := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf(`version: 0.1
loglevel: debug
storage:
    filesystem:
        rootdirectory: %s
http:
    addr: 127.0.0.1:0
`, filepath.Join(dir, "data"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	return s.withRegistry(ctx, config, func(host string) error {
		for to, from := range mirrored {
			if err := crane.Copy(s.bench.Registry()+"/library/"+from, host+"/"+to, crane.Insecure, crane.WithContext(ctx)); err != nil {
				return err
			}
		}
		return nil
	})
}

// withRegistry runs a registry while it is used.
func (s *Suite) withRegistry(ctx context.Context, config string, use func(host string) error) error {
	registry := exec.CommandContext(ctx, s.bench.Dir("bin/registry"), "serve", config)
	registry.Cancel = func() error { return registry.Process.Signal(syscall.SIGTERM) }
	log, err := registry.StderrPipe()
	if err != nil {
		return err
	}
	if err := registry.Start(); err != nil {
		return err
	}
	defer func() {
		_ = registry.Process.Signal(syscall.SIGTERM)
		_ = registry.Wait()
	}()
	host, err := listeningOn(log)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(io.Discard, log) }() // otherwise it blocks when the pipe is full
	return use(host)
}

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// listeningOn reads the registry's port from its log.
func listeningOn(log io.Reader) (string, error) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			return m[1], nil
		}
	}
	return "", errors.Join(errors.New("the registry for the mirror did not start"), lines.Err())
}
