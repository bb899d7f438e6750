package frontend

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// A build that is too large for a message fails with the cause, for a build as
// for a request that needs the graph.
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
