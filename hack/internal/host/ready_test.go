package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWaitReady(t *testing.T) {
	fault := errors.New("fault")
	asked := 0
	try := func(context.Context) error {
		if asked++; asked < 3 {
			return fault
		}
		return nil
	}
	if err := WaitReady(t.Context(), time.Minute, nil, try); err != nil || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
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
