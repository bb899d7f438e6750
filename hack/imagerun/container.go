package imagerun

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options override the configuration of the image for a container.
type Options struct {
	Args  []string // instead of the image's command, after its entrypoint
	Env   []string // besides the image's
	Stdin string
}

// Container is a started image.
type Container struct {
	id     string
	state  string // runc's own folder
	cmd    *exec.Cmd
	output output
	done   chan struct{}
	err    error
}

// Run starts the image in a writable folder, waits until it ends, and returns its
// output.
func (i *Image) Run(ctx context.Context, dir string, o Options) (string, error) {
	c, err := i.Start(ctx, dir, o)
	if err != nil {
		return "", err
	}
	<-c.done
	if c.err != nil {
		return c.Output(), fmt.Errorf("%w\n%s", c.err, c.Output())
	}
	return c.Output(), nil
}

// Start starts the image with the machine's network, so that a server in it answers
// on loopback. The caller stops it.
func (i *Image) Start(ctx context.Context, dir string, o Options) (*Container, error) {
	if err := i.Unpack(ctx, filepath.Join(dir, "rootfs")); err != nil {
		return nil, err
	}
	if err := i.writeSpec(dir, o); err != nil {
		return nil, err
	}
	c := &Container{
		id:    fmt.Sprintf("strata-%d-%d", os.Getpid(), time.Now().UnixNano()),
		state: filepath.Join(dir, "runc"),
		done:  make(chan struct{}),
	}
	c.cmd = exec.CommandContext(ctx, "runc", "--root", c.state, "run", "--bundle", dir, c.id)
	c.cmd.Cancel = c.kill
	c.cmd.Stdin = strings.NewReader(o.Stdin)
	c.cmd.Stdout, c.cmd.Stderr = &c.output, &c.output
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// Output returns the output of the container so far.
func (c *Container) Output() string { return c.output.String() }

// Done is closed when the container has ended.
func (c *Container) Done() <-chan struct{} { return c.done }

// Stop ends the container and waits until it has ended.
func (c *Container) Stop() error {
	select {
	case <-c.done:
		return nil
	default:
	}
	err := c.kill()
	<-c.done
	return err
}

func (c *Container) kill() error {
	return exec.Command("runc", "--root", c.state, "kill", c.id, "KILL").Run()
}

// output is a buffer that can be read while it is written.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
