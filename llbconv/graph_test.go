package llbconv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// graphText shows a graph in short form: each stage with its base, and each step
// with its sources.
func graphText(g llbconv.Graph) string {
	var b strings.Builder
	for _, s := range g {
		fmt.Fprintf(&b, "%d %s: %s", s.Line, s.Name, s.Text)
		if s.Base != nil {
			fmt.Fprintf(&b, " [%s]", referenceText(g, *s.Base))
		}
		if !s.Reachable {
			b.WriteString(" unreachable")
		}
		if s.Target {
			b.WriteString(" target")
		}
		b.WriteString("\n")
		for _, step := range s.Steps {
			fmt.Fprintf(&b, "  %d %s", step.Line, step.Text)
			for _, ref := range step.References {
				fmt.Fprintf(&b, " [%s]", referenceText(g, ref))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func referenceText(g llbconv.Graph, r llbconv.GraphReference) string {
	switch {
	case r.Stage >= 0:
		return fmt.Sprintf("%s stage %s", r.Kind, g[r.Stage].Name)
	case r.IsContext:
		return fmt.Sprintf("%s context %s", r.Kind, r.Name)
	}
	return fmt.Sprintf("%s image %s", r.Kind, r.Name)
}

func TestGraph(t *testing.T) {
	for _, c := range []struct {
		name, dockerfile string
		options          difftest.Options
		want             string
	}{
		{"one stage", "FROM busybox\nENV A=1\nWORKDIR /a\nADD a .\n", difftest.Options{}, `
1 stage-0: FROM busybox [from image busybox] target
  3 WORKDIR /a
  4 ADD a .
`},
		{"nothing", "FROM scratch\nLABEL a=b\n", difftest.Options{}, `
1 stage-0: FROM scratch target
`},
		{"all edges", `ARG V=1.26
FROM scratch AS tools
COPY --from=busybox /bin /bin
FROM golang:$V AS build
COPY --link . .
RUN --mount=type=cache,target=/c --mount=from=tools,target=/t --mount=from=alpine,target=/a \
    go build
FROM build AS test
RUN go test
FROM tools
COPY --from=build /a /b
COPY --from=1 /c /d
`, difftest.Options{}, `
2 tools: FROM scratch AS tools
  3 COPY --from=busybox /bin /bin [copy image busybox]
4 build: FROM golang:$V AS build [from image golang:1.26]
  5 COPY --link . .
  6 RUN --mount=type=cache,target=/c --mount=from=tools,target=/t --mount=from=alpine,target=/a     go build [mount stage tools] [mount image alpine]
8 test: FROM build AS test [from stage build] unreachable
  9 RUN go test
10 stage-3: FROM tools [from stage tools] target
  11 COPY --from=build /a /b [copy stage build]
  12 COPY --from=1 /c /d [copy stage build]
`},
		{"a target", "FROM scratch AS a\nCOPY a .\nFROM a AS b\nCOPY b .\n", difftest.Options{Target: "a"}, `
1 a: FROM scratch AS a target
  2 COPY a .
3 b: FROM a AS b [from stage a] unreachable
  4 COPY b .
`},
		{"named contexts", "FROM busybox AS a\nRUN a\nFROM alpine\nCOPY --from=a / .\nCOPY --from=docs / .\n", difftest.Options{NamedContexts: map[string]string{"a": "local:a", "docs": "local:docs"}}, `
1 a: FROM busybox AS a [from context a]
3 stage-1: FROM alpine [from image alpine] target
  4 COPY --from=a / . [copy stage a]
  5 COPY --from=docs / . [copy context docs]
`},
		{"triggers", "FROM busybox AS a\nONBUILD COPY --from=alpine a .\nFROM a\nRUN b\n", difftest.Options{}, `
1 a: FROM busybox AS a [from image busybox]
3 stage-1: FROM a [from stage a] target
  3 ONBUILD COPY --from=alpine a . [copy image alpine]
  4 RUN b
`},
	} {
		res, diags := fresh{dockerfile: c.dockerfile, options: c.options}.convert(t)
		if err := diags.Err(); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := graphText(res.Graph()); got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant:%s", c.name, got, c.want)
		}
	}
}

// The graph has the same steps as Steps, by their lines and texts.
func TestGraphHasAllSteps(t *testing.T) {
	dockerfile := "FROM busybox AS a\nONBUILD RUN t\nWORKDIR /a\nFROM a\nRUN --mount=from=a \\\n  x <<E\ny\nE\nCOPY --link <<E /f\nz\nE\nADD a .\n"
	res, diags := fresh{dockerfile: dockerfile}.convert(t)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	steps, err := res.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range res.Graph() {
		known[fmt.Sprint(s.Name, s.Line, s.Text)] = true
		for _, step := range s.Steps {
			known[fmt.Sprint(s.Name, step.Line, step.Text)] = true
		}
	}
	for _, s := range steps {
		if !known[fmt.Sprint(s.Stage, s.Line, s.Text)] {
			t.Errorf("%+v is not in the graph", s)
		}
	}
	if len(steps) != 6 {
		t.Errorf("%d steps", len(steps))
	}
}
