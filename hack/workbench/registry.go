package workbench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/stratabuild/strata/hack/internal/host"
)

// registryHost returns the registry's address. Its port is chosen once and kept,
// unless another program takes it.
func (s state) registryHost() (string, error) {
	file := s.path("ports.json")
	var ports struct {
		Registry int `json:"registry"`
	}
	_ = host.ReadJSON(file, &ports) // a missing or broken file is replaced
	if ports.Registry != 0 && (len(s.registryService("", "").pids()) > 0 || portFree(ports.Registry)) {
		return hostOf(ports.Registry), nil
	}
	// Below the range from which the kernel hands out ports to clients, so that no
	// passing connection takes it between two runs.
	for ports.Registry = 15500; ports.Registry < 15900; ports.Registry++ {
		if portFree(ports.Registry) {
			return hostOf(ports.Registry), host.WriteJSON(file, ports)
		}
	}
	return "", errors.New("no free port between 15500 and 15900 for the registry")
}

func hostOf(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func portFree(port int) bool {
	l, err := net.Listen("tcp", hostOf(port))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func (s state) registryConfig() string { return s.path("registry", "config.yml") }

// registryData is the registry's store; base images stay in it.
func (s state) registryData() string { return s.path("registry", "data") }

// registryService describes Debian's docker-registry on the given address.
func (s state) registryService(binary, address string) *service {
	registry := &service{
		name:    "registry",
		dir:     s.path("registry"),
		program: binary,
		args:    []string{"serve", s.registryConfig()},
	}
	registry.healthy = func(ctx context.Context) error {
		at, err := name.NewRegistry(address, name.Insecure)
		if err != nil {
			return err
		}
		if _, err := transport.Ping(ctx, at, http.DefaultTransport); err != nil {
			return err
		}
		return registry.owns(address)
	}
	return registry
}

// owns checks that the answers at an address are from the service. Another workbench can
// have taken the port after this one found it free.
func (s *service) owns(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err == nil && !host.Listens(s.pids(), number) {
		err = fmt.Errorf("another program answers at %s", address)
	}
	return err
}

func (s state) startRegistry(ctx context.Context) (address string, err error) {
	binary, err := s.registryBinary(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(s.registryData(), 0o755); err != nil {
		return "", err
	}
	for range 5 {
		address, err = s.tryRegistry(ctx, binary)
		if !errors.Is(err, host.ErrEnded) {
			break
		}
	}
	return address, err
}

// tryRegistry starts the registry on a free port, unless it runs. It ends at once if
// another program takes the port before it.
func (s state) tryRegistry(ctx context.Context, binary string) (address string, err error) {
	if address, err = s.registryHost(); err != nil {
		return "", err
	}
	config := fmt.Sprintf(`version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {addr: %q}
`, s.registryData(), address)
	if err := os.WriteFile(s.registryConfig(), []byte(config), 0o644); err != nil {
		return "", err
	}
	started, err := s.registryService(binary, address).up(ctx)
	if started {
		host.Printf("registry listens on %s", address)
	}
	return address, err
}

// registryBinary finds or fetches the registry and links it into the bin
// folder as "registry", the name that BuildKit's own tests look for.
func (s state) registryBinary(ctx context.Context) (string, error) {
	link := s.bin("registry")
	if host.FileExists(link) {
		return link, nil
	}
	binary, err := exec.LookPath("docker-registry")
	if err != nil {
		dir, err := host.UnpackDeb(ctx, s.path("debs"), "docker-registry")
		if err != nil {
			return "", err
		}
		binary = filepath.Join(dir, "usr", "bin", "docker-registry")
	}
	if binary, err = filepath.EvalSymlinks(binary); err != nil {
		return "", err
	}
	return link, symlink(binary, link)
}

// symlink makes a link, or replaces it. Other processes may do the same, and the link
// is there at any time.
func symlink(target, link string) error {
	if old, err := os.Readlink(link); err == nil && old == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(link), ".link-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, filepath.Base(link))
	if err := os.Symlink(target, made); err != nil {
		return err
	}
	return os.Rename(made, link)
}
