package scenario

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Registry is a private registry of a test, which records its requests and can have
// faults.
type Registry struct {
	Host string

	server *httptest.Server
	mu     sync.Mutex
	asked  []string
	fault  func(w http.ResponseWriter, r *http.Request) bool
}

// NewRegistry starts an empty registry on loopback.
func NewRegistry(t *testing.T) *Registry {
	t.Helper()
	reg := &Registry{}
	real := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	reg.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := reg.note(r); fault == nil || !fault(w, r) {
			real.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(reg.Stop)
	reg.Host = strings.TrimPrefix(reg.server.URL, "http://")
	return reg
}

func (reg *Registry) note(r *http.Request) func(http.ResponseWriter, *http.Request) bool {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	reg.asked = append(reg.asked, r.Method+" "+r.URL.Path)
	return reg.fault
}

// Asked returns the requests since the last call whose path contains text.
func (reg *Registry) Asked(text string) (asked []string) {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	for _, a := range reg.asked {
		if strings.Contains(a, text) {
			asked = append(asked, a)
		}
	}
	reg.asked = nil
	return asked
}

// Break lets fault answer each request first; it reports whether it did.
func (reg *Registry) Break(fault func(w http.ResponseWriter, r *http.Request) bool) {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	reg.fault = fault
}

// Stop ends the registry: after that it cannot be reached.
func (reg *Registry) Stop() {
	reg.server.CloseClientConnections()
	reg.server.Close()
}
