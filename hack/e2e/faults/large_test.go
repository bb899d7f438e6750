package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const large = 10 << 20

// fill repeats a text up to the large size. Its %d is the number of times.
func fill(text string) string {
	var b strings.Builder
	for i := 0; b.Len() < large; i++ {
		fmt.Fprintf(&b, text, i)
	}
	return b.String()
}

// long is a line; a thousand of them make a large file.
var long = strings.Repeat("x", 10000)

func TestLargeDockerfiles(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for name, dockerfile := range map[string]string{
			"comments": earlier + fill("# comment %d "+long+"\n"),
			"heredoc":  earlier + "FROM earlier\nCOPY <<EOF /heredoc\n" + fill("line %d\n") + "EOF\n",
			"stages":   earlier + fill("FROM busybox AS s%d\nRUN echo "+long+"\n") + "FROM earlier\n",
		} {
			t.Run(name, func(t *testing.T) {
				p := project(t, scenario.Files{"Dockerfile": dockerfile})
				got := p.On(d)
				want := p.On(d, reference)
				want.Ran()
				got.SameImage(want)
			})
		}
	})
}

// TestLargeMistakes are files that cannot be built. BuildKit's own frontend fails
// on most of them with a broken connection, because the whole file is in the error.
func TestLargeMistakes(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for _, c := range []struct {
			name, dockerfile string
			says             []string
			source           bool // the error shows the lines
		}{
			{
				name: "a mistake at the start", dockerfile: "FROM busybox\nRUNN x\n" + fill("RUN echo "+long+"%d\n"),
				says: []string{"unknown instruction: RUNN (did you mean RUN?)"}, source: true,
			},
			{
				name: "a mistake at the end", dockerfile: "FROM busybox\n" + fill("# "+long+"%d\n") + "RUNN x\n",
				says: []string{"unknown instruction: RUNN (did you mean RUN?)"}, source: true,
			},
			{name: "one line of junk", dockerfile: fill("\x00\xff\xfe%d\x01"), says: []string{"dockerfile line greater than max allowed size of 65535"}},
			{name: "many lines of junk", dockerfile: fill("\x00\xff\xfe%d\x01" + long[:2000] + "\n"), says: []string{"unknown instruction", "more errors"}},
			{
				name: "more than BuildKit reads", dockerfile: earlier + strings.Repeat("#"+long+"\n", 1700),
				says: []string{"Dockerfile exceeds maximum allowed size of 16777216 bytes"},
			},
		} {
			t.Run(c.name, func(t *testing.T) {
				p := project(t, scenario.Files{"Dockerfile": c.dockerfile})
				start := time.Now()
				_, err := p.Try(d)
				if took := time.Since(start); took > time.Minute {
					t.Errorf("the answer took %s", took)
				}
				if err == nil {
					t.Fatal("this was built")
				}
				text := err.Error()
				for _, want := range c.says {
					if !strings.Contains(text, want) {
						t.Errorf("%q is not in the error\n%.1000s", want, text)
					}
				}
				if sources := errdefs.Sources(err); c.source && len(sources) == 0 {
					t.Errorf("the error shows no lines: %.1000s", text)
				}
			})
		}
	})
}

// TestLargeIgnoreFile has 100,000 lines and 10,000 patterns. The last ones must
// match too, in the time that the reference takes.
func TestLargeIgnoreFile(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		var ignores strings.Builder
		for i := range 100000 {
			if i%10 != 9 {
				ignores.WriteString("# ")
			}
			fmt.Fprintf(&ignores, "a%d\n", i)
		}
		ignores.WriteString("!a19\n")
		p := project(t, scenario.Files{
			"Dockerfile": earlier + "COPY . /src\n", ".dockerignore": ignores.String(),
			"keep": "keep", "a9": "a", "a19": "kept", "a99999": "b", "a100000": "c",
		})
		start := time.Now()
		want := p.On(d, reference)
		reference := time.Since(start)
		start = time.Now()
		got := p.On(d)
		if took := time.Since(start); took > 3*reference+5*time.Second {
			t.Errorf("it took %s, and the reference %s", took, reference)
		}
		got.Ran()
		got.SameImage(want)
		got.Holds(scenario.Files{
			"/src/keep": "keep", "/src/a19": "kept", "/src/a100000": "c",
			"/src/a9": scenario.Absent, "/src/a99999": scenario.Absent,
		})
	})
}

// TestTooManyPatterns has more patterns than BuildKit can send to a client.
func TestTooManyPatterns(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		p := project(t, scenario.Files{"Dockerfile": earlier + "FROM earlier\nCOPY . /src\n"})
		p.Write(".dockerignore", strings.Repeat("a*.log\n", 100000))
		keepsCache(t, d, p, func() {
			got, want := bothFail(t, d, p)
			tells(t, got, want, "header list size to send violates the maximum size")
			r, _ := p.Try(d)
			if len(r.Warnings) != 1 || !strings.Contains(string(r.Warnings[0].Short), "100000 patterns") {
				t.Errorf("the warnings are %v", r.Warnings)
			}
		})
	})
}

// TestLimits are builds that fail. Their messages must not contain the whole of a
// large Dockerfile.
func TestLimits(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		variables := strings.Builder{}
		for i := range 3000 {
			fmt.Fprintf(&variables, "ENV NAME_OF_A_VARIABLE_%d=value\nRUN true\n", i)
		}
		for _, c := range []struct{ name, dockerfile, says string }{
			{"heredoc", "RUN <<EOF\n" + fill("line %d\n") + "EOF\n", "the build is too large to send to BuildKit"},
			{"environment", variables.String(), "most of it the environment, which is repeated in each of"},
			{"RUN fails", fill("# "+long+"%d\n") + "RUN exit 7\n", `process "/bin/sh -c exit 7" did not complete successfully: exit code: 7`},
		} {
			t.Run(c.name, func(t *testing.T) {
				p := project(t, scenario.Files{"Dockerfile": earlier + "FROM earlier\n" + c.dockerfile})
				_, err := p.Try(d)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("the error is %v, without %q", err, c.says)
				}
			})
		}
	})
}
