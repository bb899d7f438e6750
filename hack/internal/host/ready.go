package host

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

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
			return errors.New("it ended at once")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Get queries a service that answers with the status OK when it is ready.
func Get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}
