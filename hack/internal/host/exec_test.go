package host

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A program whose context is cancelled can clean up.
func TestCancelledCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "made")
	ended := make(chan error, 1)
	go func() {
		_, err := Command{Argv: []string{"sh", "-c", `trap 'rm "$0"; exit 1' TERM; touch "$0"; while :; do sleep 0.05; done`, file}}.Run(ctx)
		ended <- err
	}()
	if err := WaitReady(t.Context(), time.Minute, nil, func(context.Context) error { return exists(file) }); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err == nil || FileExists(file) {
		t.Errorf("it left its file: %v", err)
	}
}

func exists(file string) error {
	_, err := os.Stat(file)
	return err
}
