package host

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrEnded is the error of WaitReady if the service's process has ended.
var ErrEnded = errors.New("it ended at once")

// WaitReady tries until a service answers. The channel, which may be nil, is closed
// when the service's process ends.
func WaitReady(ctx context.Context, limit time.Duration, ended <-chan struct{}, try func(context.Context) error) error {
	for deadline := time.Now().Add(limit); ; {
		once, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := try(once)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer after %s: %w", limit, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return ErrEnded
		case <-time.After(50 * time.Millisecond):
		}
	}
}
