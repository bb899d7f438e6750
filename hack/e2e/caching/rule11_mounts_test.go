package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMounts(t *testing.T) {
	d := scenario.Fresh(t)
	t.Run("cache", func(t *testing.T) { cacheMount(t, d) })
	t.Run("bind", func(t *testing.T) { bindMount(t, d) })
	t.Run("bind of its own base", func(t *testing.T) { mountOfBase(t, d) })
}

// cacheMount counts the runs of the step in a cache mount.
func cacheMount(t *testing.T, d *scenario.Daemon) {
	p := project(t, 0, nil)
	first := p.On(d, arg("ROUND", "1"))
	first.Holds(scenario.Files{"/count": "1", "/cache/log": scenario.Absent})
	p.On(d, arg("ROUND", "2")).Holds(scenario.Files{"/count": "2"})

	again := p.On(d, arg("ROUND", "1"))
	again.Ran()
	again.Holds(scenario.Files{"/count": "1"})
	p.On(d, arg("ROUND", "3")).Holds(scenario.Files{"/count": "3"})

	emptied := p.On(d, arg("ROUND", "4"), noCache())
	emptied.Holds(scenario.Files{"/count": "1"})
	p.On(d, arg("ROUND", "5")).Holds(scenario.Files{"/count": "2"})
	kept := p.On(d, arg("ROUND", "5"), noCache(), arg("STRATA_CACHE_MOUNTS", "keep"))
	kept.RanAll()
	kept.Holds(scenario.Files{"/count": "3"})
}

func bindMount(t *testing.T, d *scenario.Daemon) {
	p := project(t, 1, scenario.Files{"conf/read.txt": "read\n", "conf/unread.txt": "unread\n", "other.txt": "other\n"})
	first := p.On(d)
	first.RanAll()
	first.Holds(scenario.Files{"/read": "read", "/tool": "hammer", "/conf/read.txt": scenario.Absent})
	for _, c := range []struct {
		name string
		edit func(p *scenario.Project)
		ran  []string
	}{
		{"times", touchAll, nil},
		{"a file beside it", func(p *scenario.Project) { p.Write("other.txt", "edited\n") }, nil},
		{"a file that is read", func(p *scenario.Project) { p.Write("conf/read.txt", "edited\n") }, []string{"source=conf", "from=tools"}},
		{"a file that is mounted only", func(p *scenario.Project) { p.Write("conf/unread.txt", "edited\n") }, []string{"source=conf", "from=tools"}},
		{"a stage that makes the same", func(p *scenario.Project) { p.Edit("echo hammer", "echo  'hammer'") }, []string{"RUN echo  'hammer'"}},
		{"a stage that makes another", func(p *scenario.Project) { p.Edit("'hammer'", "saw") }, []string{"RUN echo  saw", "from=tools"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.With(t)
			c.edit(p)
			p.On(d).Ran(c.ran...)
		})
	}
	p.On(d).Holds(scenario.Files{"/read": "edited", "/tool": "saw"})
}

// mountOfBase mounts from the stage that the step is built on.
func mountOfBase(t *testing.T, d *scenario.Daemon) {
	p := project(t, 2, nil)
	p.On(d).RanAll()
	p.Edit("echo more", "echo  more")
	p.On(d).Ran("RUN echo  more")
	p.Edit("echo  more", "echo other")
	r := p.On(d)
	r.Ran("RUN echo other", "from=base")
	r.Holds(scenario.Files{"/more": "other", "/mounted": "tool"})
}
