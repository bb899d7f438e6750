package host

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestWaitReady(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	try := func(ctx context.Context) error { return Get(ctx, server.Client(), server.URL) }
	if err := WaitReady(t.Context(), time.Minute, nil, try); err != nil || asked.Load() != 3 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
	fault := errors.New("fault")
	failing := func(context.Context) error { return fault }
	if err := WaitReady(t.Context(), 0, nil, failing); !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
	ended := make(chan struct{})
	close(ended)
	if err := WaitReady(t.Context(), time.Minute, ended, failing); err == nil || !strings.Contains(err.Error(), "ended at once") {
		t.Errorf("error %v", err)
	}
}
