package caching

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestWhyAfterPruning prunes the daemon's results, and checks that the next build
// reports this. Without pruning, a file that no step reads changes nothing.
func TestWhyAfterPruning(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nCOPY --exclude=unread . /app\n", "a": "a\n", "unread": "1\n"})
	says := func(want string) {
		t.Helper()
		var lines []string
		for _, s := range p.On(d, scenario.Explained).Steps {
			if strings.HasPrefix(s.Name, "why: ") {
				lines = append(lines, s.Name)
			}
		}
		if text := strings.Join(lines, "\n"); !strings.HasPrefix(text, want) || want == "" && text != "" {
			t.Errorf("it says %q, not %q", text, want)
		}
	}
	says("")
	says("")
	p.Write("unread", "2\n")
	says("")
	if err := d.Client.Prune(t.Context(), nil, client.PruneAll, client.WithFilter([]string{"type==regular"})); err != nil {
		t.Fatal(err)
	}
	says("why: no input changed since ")
}

// TestWhyOfWhatIsNotCompared changes what only a daemon without its copy of the context
// notices. There is no line about the steps that run then, and they are not said to have
// been dropped from the cache.
func TestWhyOfWhatIsNotCompared(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY dir /dir\n", "dir/sub/a": "a\n"})
	p.On(d, scenario.Explained)
	for what, edit := range map[string]func(){
		"the mode of a subfolder": func() { p.Chmod("dir/sub", 0o700) },
		"the mode of the folder":  func() { p.Chmod("dir", 0o700) },
		"an extended attribute": func() {
			require.NoError(t, unix.Setxattr(filepath.Join(p.Dir, "dir/sub/a"), "user.note", []byte("1"), 0))
		},
	} {
		edit()
		for _, noticed := range []bool{false, true} {
			if noticed {
				require.NoError(t, d.Client.Prune(t.Context(), nil, client.PruneAll, client.WithFilter([]string{"type==source.local"})))
			}
			r := p.On(d, scenario.Explained)
			if ran := len(r.Report.Ran()) > 0; ran != noticed || len(r.Why()) > 0 {
				t.Errorf("%s, a new copy of the context is %t: it says %q, and the daemon ran %q", what, noticed, r.Why(), r.Report.Ran())
			}
		}
	}
}

// TestWhyWhileTheMemoryIsMeasured builds while the daemon measures its cache, as it
// does after each build. The daemon must not make a second, empty memory.
func TestWhyWhileTheMemoryIsMeasured(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY a /\n"})
	ctx, stop := context.WithCancel(t.Context())
	var measuring errgroup.Group
	measuring.Go(func() error {
		for ctx.Err() == nil {
			if _, err := d.Client.DiskUsage(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
		return nil
	})
	for i := range 8 {
		p.Write("a", strings.Repeat("line\n", i))
		p.On(d, scenario.Explained)
	}
	stop()
	if err := measuring.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(memories(t, d)); n != 1 {
		t.Errorf("the daemon has %d memories", n)
	}
}

// TestWhyOfAnUnfinishedBuild ends a build in the middle of a step, by a failure and
// by the client. Its steps count as unfinished until a build with a change finishes.
func TestWhyOfAnUnfinishedBuild(t *testing.T) {
	d := scenario.Fresh(t)
	for name, end := range map[string]string{"failed": "false", "cancelled": "sleep 600"} {
		p := scenario.New(t, scenario.Files{"a": "1\n", "b": "1\n", "Dockerfile": "FROM busybox\nCOPY a /\n" +
			"RUN --mount=type=cache,target=/c test -e /c/" + name + " || { touch /c/" + name + "; " + end + "; }\nCOPY b /\n"})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil && records(t, d, "compare mark") == 0 {
				time.Sleep(50 * time.Millisecond)
			}
			cancel()
		}()
		if _, err := p.TryContext(ctx, d, scenario.Explained); err == nil {
			t.Errorf("%s: the build has finished", name)
		}
		cancel()
		if table := dryRun(t, d, p); !strings.Contains(table, "may-run   not finished in an earlier build") || strings.Contains(table, " runs ") {
			t.Errorf("%s: it says:\n%s", name, table)
		}
		p.Write("b", "2\n")
		p.On(d, scenario.Explained)
		if table := dryRun(t, d, p); !strings.Contains(table, "all 4 steps are cached") {
			t.Errorf("%s: it has finished, but it says:\n%s", name, table)
		}
		d.Prune(t)
	}
}

// TestWhyAfterAFailedComparison damages the memory during one build, as a full disk
// does. The same build without the damage is recorded.
func TestWhyAfterAFailedComparison(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nCOPY a /\nCOPY b /\n", "a": "1\n", "b": "1\n"})
	inMemory := func(command string) {
		t.Helper()
		run := llb.Image("busybox").Run(llb.Args([]string{"sh", "-c", command}), llb.Dir("/m"))
		run.AddMount("/m", llb.Scratch(), llb.AsPersistentCacheDir(memories(t, d)[0], llb.CacheMountLocked))
		def, err := run.Root().Marshal(t.Context())
		if err == nil {
			_, err = d.Client.Solve(t.Context(), def, client.SolveOpt{}, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p.On(d, scenario.Explained)
	p.Write("a", "2\n")
	inMemory("mv projects saved && touch projects")
	p.On(d, scenario.Explained)
	inMemory("rm projects && mv saved projects")
	for range 2 {
		if why := p.On(d, scenario.Explained).Why(); len(why) > 0 {
			t.Errorf("nothing has changed, but it says %q", why)
		}
	}
	p.Write("b", "2\n")
	if why := p.On(d, scenario.Explained).Why(); len(why) != 1 || !strings.Contains(why[0], "b changed") {
		t.Errorf("only b has changed, but it says %q", why)
	}
}

// TestWhyOfAStageWithTwoNames builds the last stage by default and by its name: each
// has its own records, though the steps are the same.
func TestWhyOfAStageWithTwoNames(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox AS final\nCOPY a /\n", "a": "1\n"})
	p.On(d, scenario.Explained)
	p.On(d, scenario.Explained, target("final"))
	p.Write("a", "2\n")
	if why := p.On(d, scenario.Explained, target("final")).Why(); len(why) != 1 {
		t.Errorf("a has changed, but it says %q", why)
	}
}

// dryRun returns the answer to --call=cache.
func dryRun(t *testing.T, d *scenario.Daemon, p *scenario.Project) string {
	t.Helper()
	b := buildrun.Build{Context: p.Dir, Frontend: scenario.Frontend()}
	attr("requestid", "frontend.cache")(&b)
	answer, err := buildrun.Ask(t.Context(), d.Client, b)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer["result.txt"])
}

// memories returns the ids of the cache mounts with records of earlier builds.
func memories(t *testing.T, d *scenario.Daemon) (ids []string) {
	t.Helper()
	usage, err := d.Client.DiskUsage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range usage {
		_, id, _ := strings.Cut(u.Description, " with id ")
		if id, err := strconv.Unquote(id); err == nil && strings.HasPrefix(id, "strata.why.") {
			ids = append(ids, id)
		}
	}
	return ids
}

// records counts the finished cache records whose description contains a text.
func records(t *testing.T, d *scenario.Daemon, text string) (n int) {
	usage, err := d.Client.DiskUsage(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, u := range usage {
		if !u.Mutable && strings.Contains(u.Description, text) {
			n++
		}
	}
	return n
}

// TestWhyOfAMountOfTheBase builds a command that also mounts the filesystem on which it
// runs. It does not run again if the steps before it make the same files.
func TestWhyOfAMountOfTheBase(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"a": "1\n", "Dockerfile": "FROM busybox AS base\nCOPY --chmod=755 a /dir/a\n" +
		"FROM base\nRUN --mount=from=base,source=/dir,target=/m cat /m/a >/out\n"})
	p.On(d, scenario.Explained)
	for _, c := range []struct {
		edit func()
		ran  []string
		says string
	}{
		{func() { p.Chmod("a", 0o600) }, []string{"COPY --chmod"}, "why: a has other permissions: line 2 COPY ran again, and perhaps line 4 RUN cat"},
		{func() { p.Write("a", "2\n") }, []string{"COPY --chmod", "RUN"}, "why: a changed (+1 -1 lines): line 2 COPY ran again, and perhaps line 4 RUN cat"},
	} {
		c.edit()
		r := p.On(d, scenario.Explained)
		r.Ran(c.ran...)
		if lines := r.Why(); len(lines) != 1 || !strings.HasPrefix(lines[0], c.says) {
			t.Errorf("it says %q, not %q", lines, c.says)
		}
	}
}

// TestWhyOfAWritableContext repeats builds in which a command can write to the context.
// BuildKit then often runs the comparison again.
func TestWhyOfAWritableContext(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN --mount=target=/m,rw cat /m/a >/out\n"})
	for i := range 6 {
		p.Write("a", scenario.Unique())
		if lines := p.On(d, scenario.Explained).Why(); len(lines) != min(i, 1) {
			t.Errorf("with a change, it says %q", lines)
		}
		if lines := p.On(d, scenario.Explained).Why(); len(lines) > 0 {
			t.Errorf("without a change, it says %q", lines)
		}
	}
}

// TestWhyOfRepeatedNoCache ignores the cache in two builds of the same inputs. Both
// report it.
func TestWhyOfRepeatedNoCache(t *testing.T) {
	d := scenario.Fresh(t)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN true\n"})
	p.On(d, scenario.Explained)
	for range 2 {
		rep := p.On(d, scenario.Explained, func(b *buildrun.Build) { b.Attrs = map[string]string{"no-cache": ""} })
		if lines := rep.Why(); len(lines) != 1 || !strings.HasPrefix(lines[0], "why: --no-cache") {
			t.Errorf("it says %q", lines)
		}
	}
}
