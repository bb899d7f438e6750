package workbench

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/internal/host"
)

// The paths of sockets are short enough for the kernel, at any depth of the folder.
func TestSocket(t *testing.T) {
	for _, root := range []string{"/w", "/" + strings.Repeat("deep/", 30)} {
		d := state{root: root}.main()
		for _, path := range []string{strings.TrimPrefix(d.Addr(), "unix://"), traceSocket(t, d)} {
			if len(path) > 107 {
				t.Error(path)
			}
		}
	}
}

// traceSocket reads the path of the socket for traces from the configuration.
func traceSocket(t *testing.T, d *Daemon) string {
	config := d.toml("/runc", "127.0.0.1:1", "stamp", DaemonOptions{})
	m := regexp.MustCompile(`socketPath = "(.+)"`).FindStringSubmatch(config)
	if m == nil {
		t.Fatalf("no socket for traces in:\n%s", config)
	}
	return m[1]
}

// A daemon gets no entitlement that its version does not know, and only the shared
// daemon drops unused results.
func TestDaemonConfig(t *testing.T) {
	shared, private := state{root: "/w"}.main(), &Daemon{dir: "/d", scratch: &Scratch{}}
	for _, c := range []struct {
		d          *Daemon
		version    string
		device, gc bool
	}{{shared, "", true, true}, {private, LastBuildKit, true, false}, {private, OlderBuildKit, false, false}} {
		config := c.d.toml("/runc", "127.0.0.1:1", "stamp", DaemonOptions{Version: c.version, Config: "# more"})
		if strings.Contains(config, `"device"`) != c.device || strings.Contains(config, "gc = true") != c.gc || !strings.HasSuffix(config, "# more") {
			t.Errorf("%s %s:\n%s", c.d.dir, c.version, config)
		}
	}
}

// Every tool has a module in the checkout, and a name of its own.
func TestTools(t *testing.T) {
	seen := map[string]bool{}
	for _, tool := range tools {
		if _, err := os.Stat(filepath.Join("..", "tools", tool.module, "go.mod")); err != nil || seen[tool.name] {
			t.Errorf("%s: %v", tool.name, err)
		}
		seen[tool.name] = true
	}
	if _, err := findTool("buildkit"); err == nil || !strings.Contains(err.Error(), "buildkitd") {
		t.Errorf("error %v", err)
	}
}

// The port of the registry stays the same, unless another program has it.
func TestRegistryHost(t *testing.T) {
	s := state{root: t.TempDir()}
	first, err := s.registryHost()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.registryHost(); err != nil || again != first {
		t.Errorf("%s, then %s: %v", first, again, err)
	}
	if err := os.WriteFile(s.path("ports.json"), []byte(`{"registry":1`), 0o644); err != nil {
		t.Fatal(err)
	}
	if address, err := s.registryHost(); err != nil || address == "127.0.0.1:1" {
		t.Errorf("%s: %v", address, err)
	}
}

// A registry that ended because its port was taken does not count as up, although another
// program answers.
func TestRegistryPortTaken(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	s := state{root: t.TempDir()}
	started, err := s.registryService("/bin/false", other.Listener.Addr().String()).up(t.Context())
	if started || !errors.Is(err, host.ErrEnded) {
		t.Errorf("started %v: %v", started, err)
	}
}
