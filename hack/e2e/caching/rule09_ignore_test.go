package caching

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// itself are the lines that exclude the ignore file and the Dockerfile.
const itself = ".dockerignore\nDockerfile\n"

func TestTheIgnoreFile(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{
		".dockerignore": itself + "big\n*.log\n!keep.log\n", "app.txt": "app\n", "a.log": "a\n", "keep.log": "keep\n",
		"big/data": strings.Repeat("x", 4<<20),
	})
	var sent transfer
	first := p.On(d, sent.count)
	first.RanAll()
	first.Holds(scenario.Files{"/src/app.txt": "app", "/src/keep.log": "keep", "/src/a.log": scenario.Absent, "/src/big/data": scenario.Absent})
	if sent.bytes == 0 || sent.bytes > 1<<20 {
		t.Errorf("%d bytes of the context were sent", sent.bytes)
	}
	for _, c := range []struct {
		name string
		edit func(p *scenario.Project)
		ran  []string
		want scenario.Files
	}{
		{name: "an ignored file", edit: func(p *scenario.Project) { p.Write("a.log", "edited\n") }},
		{name: "a new ignored file", edit: func(p *scenario.Project) { p.Write("big/more", "new\n") }},
		{
			name: "a rule that finds nothing",
			edit: func(p *scenario.Project) {
				p.Write(".dockerignore", itself+"# comment\nbig\n*.log\n!keep.log\n*.tmp\n")
			},
		},
		{
			name: "an exception to the rule", edit: func(p *scenario.Project) { p.Write("keep.log", "edited\n") },
			ran: []string{"COPY . /src", "RUN ls"}, want: scenario.Files{"/src/keep.log": "edited"},
		},
		{
			name: "a rule that excludes", edit: func(p *scenario.Project) { p.Write(".dockerignore", itself+"big\n*.log\n") },
			ran: []string{"COPY . /src", "RUN ls"}, want: scenario.Files{"/src/keep.log": scenario.Absent},
		},
		{
			name: "a rule that includes", edit: func(p *scenario.Project) { p.Write(".dockerignore", itself+"big\n") },
			ran: []string{"COPY . /src", "RUN ls"}, want: scenario.Files{"/src/a.log": "edited"},
		},
		{name: "the Dockerfile", edit: func(p *scenario.Project) { p.Edit("FROM", "# comment\nFROM") }},
		{
			name: "the ignore file where it is copied", edit: func(p *scenario.Project) { p.Write(".dockerignore", "big\n") },
			ran: []string{"COPY . /src", "RUN ls"}, want: scenario.Files{"/src/.dockerignore": "big"},
		},
		{
			name: "the Dockerfile where it is copied", edit: func(p *scenario.Project) { p.Edit("# comment", "# another") },
			ran: []string{"COPY . /src", "RUN ls"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.With(t)
			c.edit(p)
			r := p.On(d)
			r.Ran(c.ran...)
			r.Holds(c.want)
		})
	}
}

// transfer counts the bytes of the context that a client has sent.
type transfer struct{ bytes int64 }

func (c *transfer) count(b *buildrun.Build) {
	b.Status = func(s *client.SolveStatus) {
		for _, st := range s.Statuses {
			if strings.HasPrefix(st.ID, "transferring context") {
				c.bytes = max(c.bytes, st.Current)
			}
		}
	}
}
