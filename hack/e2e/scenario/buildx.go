package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/buildrun"
)

// Buildx is one run of the real buildx on the workbench's daemon.
type Buildx struct {
	Dir   string // the working directory
	Stdin string
	Args  []string
}

// Result runs buildx, which exports the image to the folder layout, and reads the
// steps from the progress that it prints.
func (c Buildx) Result(t *testing.T, layout string) *Result {
	t.Helper()
	cmd, err := Env().Command(t.Context(), "buildx", append(c.Args, "--progress=rawjson")...)
	require.NoError(t, err)
	cmd.Dir, cmd.Stdin = c.Dir, strings.NewReader(c.Stdin)
	report, err := buildrun.Solve(nil, func(ch chan *client.SolveStatus) (*client.SolveResponse, error) {
		defer close(ch)
		progress, err := cmd.StderrPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		said := readProgress(progress, ch)
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("buildx %q: %w\n%s", c.Args, err, said)
		}
		return nil, nil
	})
	require.NoError(t, err)
	image, err := OpenImage(layout)
	require.NoError(t, err)
	return &Result{Report: report, Image: image, Layout: layout, T: t}
}

// readProgress sends the progress that it reads to ch, and returns the output for
// users.
func readProgress(r io.Reader, ch chan *client.SolveStatus) string {
	var said bytes.Buffer
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		status := &client.SolveStatus{}
		if json.Unmarshal(line, status) == nil {
			ch <- status
		} else {
			said.Write(line)
		}
		if err != nil {
			return said.String()
		}
	}
}
