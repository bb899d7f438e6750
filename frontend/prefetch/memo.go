package prefetch

import (
	"context"
	"sync"

	"github.com/stratabuild/strata/internal/guard"
)

// memo remembers the answers to calls, so that each gateway call is made once, and
// early. The first caller starts the call, and all others wait for its answer. An
// error is an answer too.
type memo[T any] struct {
	mu    sync.Mutex
	calls map[string]*call[T]
}

type call[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// do returns the answer to the call of a key. ctx limits how long this caller
// waits, not the call itself.
func (m *memo[T]) do(ctx context.Context, key string, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	c, asked := m.calls[key]
	if !asked {
		c = &call[T]{done: make(chan struct{})}
		if m.calls == nil {
			m.calls = map[string]*call[T]{}
		}
		m.calls[key] = c
	}
	m.mu.Unlock()
	if !asked {
		go func() {
			defer close(c.done)
			c.value, c.err = guard.Do(ask)
		}()
	}
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
