//go:build !race

// It starts no goroutines, and takes long under the race detector.

package frontend

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/stratabuild/strata/internal/difftest"
)

// A build that is too large for a message fails with the cause, and so does a
// request that needs the graph.
func TestTooLargeBuild(t *testing.T) {
	var variables, commands strings.Builder
	long := strings.Repeat("x", 1000)
	for i := range 300 {
		fmt.Fprintf(&variables, "ENV V%d=%s\nRUN true\n", i, long)
	}
	for i := range 5000 {
		fmt.Fprintf(&commands, "RUN %s %d\n", long, i)
	}
	document := "RUN <<EOF\n" + strings.Repeat("a line of text\n", 1<<19) + "EOF\n"
	const environment = "most of it the environment, which is repeated in each of"
	for _, c := range []struct{ name, dockerfile, request, want string }{
		{"environment", variables.String(), "", environment},
		{"environment", variables.String(), "frontend.convertllb", environment},
		{"here-document", document + document[:len(document)-1], "", "(put large here-documents into files of the build context, and COPY those)"},
		{"answer", commands.String(), "frontend.convertllb", "the answer is too large to return: it has"},
	} {
		opts := map[string]string{}
		if c.request != "" {
			opts["requestid"] = c.request
		}
		_, err := Build(t.Context(), difftest.NewGateway(caseOf("FROM busybox\n"+c.dockerfile, opts)))
		if err == nil || !strings.Contains(err.Error(), "too large") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %.300v\nwant %s", c.name, c.request, err, c.want)
		}
	}
}

// The error about a graph that the daemon rejects is explained. Other errors
// stay as they are.
func TestExplainSize(t *testing.T) {
	const limit = "grpc: received message larger than max (156000000 vs. 16777216)"
	for _, c := range []struct {
		err       error
		explained bool
	}{
		{status.Error(codes.ResourceExhausted, limit), true},
		{fmt.Errorf("solve: %w", status.Error(codes.ResourceExhausted, limit)), true},
		{status.Error(codes.ResourceExhausted, "no space left on device"), false},
		{status.Error(codes.Unknown, limit), false},
		{errors.New(limit), false},
	} {
		err := explainSize(c.err)
		if !errors.Is(err, c.err) || strings.HasPrefix(err.Error(), tooLarge+": ") != c.explained {
			t.Errorf("%v became %v", c.err, err)
		}
	}
}

// The size of a result includes its metadata.
func TestCheckSize(t *testing.T) {
	result := func(size int) *client.Result {
		res := client.NewResult()
		res.AddMeta("a", make([]byte, size/2))
		res.AddMeta("b", make([]byte, size-size/2))
		return res
	}
	for _, c := range []struct {
		metadata, graphs int
		fits             bool
	}{
		{0, maxMessage, true},
		{1, maxMessage, false},
		{maxMessage, 0, true},
		{maxMessage + 1, 0, false},
		{maxMessage / 2, maxMessage / 2, true},
	} {
		if err := checkSize(metadataSize(result(c.metadata)) + c.graphs); (err == nil) != c.fits {
			t.Errorf("%d bytes of metadata and %d of graphs: %v", c.metadata, c.graphs, err)
		}
		if c.graphs > 0 {
			continue
		}
		res := result(c.metadata)
		if answer, err := checkAnswer(res, nil); (err == nil) != c.fits || (answer == res) != c.fits {
			t.Errorf("an answer of %d bytes: %v", c.metadata, err)
		}
	}
	fault := errors.New("fault")
	if _, err := checkAnswer(nil, fault); !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
}
