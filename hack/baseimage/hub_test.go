package baseimage

import (
	"testing"
	"time"
)

// That Docker Hub answers is believed for longer than that it does not.
func TestHubResult(t *testing.T) {
	for _, c := range []struct {
		reachable bool
		age       time.Duration
		recent    bool
	}{{true, 6 * 24 * time.Hour, true}, {true, 8 * 24 * time.Hour, false}, {false, time.Hour, true}, {false, 24 * time.Hour, false}} {
		r := hubResult{Reachable: c.reachable, Asked: time.Now().Add(-c.age)}
		if got := r.isRecent(); got != c.recent {
			t.Errorf("%+v: recent is %v", c, got)
		}
	}
}
