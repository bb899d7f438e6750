package builders

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// scene is a Dockerfile and its builds, in order.
type scene struct {
	name, dockerfile string
	builds           []build
	// What is different on a builder, by its name.
	lacks   map[string]string // Strata's error, a pattern
	refuses map[string]string // the error of the client or of the builder, a pattern
}

// build is one build: how a client is asked for it, and what has to come of it.
type build struct {
	reference         bool // by the daemon's own frontend
	args              map[string]string
	secret            string // the content of the secret s
	target, platforms string
	file              string // empty is Dockerfile
	noCache           bool
	more              flags
	empty             bool // whether the daemon's cache is emptied first

	ran   []string       // the steps that run; all others are cached. nil: not checked
	holds scenario.Files // of the result
	same  bool           // whether the result is that of the previous build
}

var (
	all     = []string{"all"}
	nothing = []string{}
)

// play builds the scene. The clients take turns, so that each uses the results of
// the other. The n-th scene begins with the n-th client.
func (b builder) play(t *testing.T, s scene, n int) {
	p := newProject(t, s.dockerfile)
	if s.lacks[b.name] != "" || s.refuses[b.name] != "" {
		b.fails(t, p, s, n)
		return
	}
	before := ""
	for i, o := range s.builds {
		if o.empty {
			b.buildx().run(t, b.prune...)
		}
		c := b.clients[(n+i)%len(b.clients)]
		out, dest := b.local(t, c, p, o)
		if o.same {
			scenario.SameFiles(t, dest, before)
		}
		before = dest
		if t.Failed() {
			t.Fatalf("build %d, by %s:\n%s", i+1, c.name, out)
		}
	}
}

// once is a build that must succeed.
func (b builder) once(t *testing.T, c client, p *project, o build, more ...string) string {
	t.Helper()
	out, err := c.build(t, p, o, more...)
	must(t, err)
	ran(t, out, o.ran)
	return out
}

// local is a build that exports its result to a folder.
func (b builder) local(t *testing.T, c client, p *project, o build, more ...string) (out, dest string) {
	t.Helper()
	dest = t.TempDir()
	out = b.once(t, c, p, o, append(more, "--output=type=local,dest="+dest)...)
	scenario.HoldsFiles(t, dest, o.holds)
	return out, dest
}

var hint = regexp.MustCompile(`update (buildkit|docker)|use (a newer )?BuildKit`)

// fails checks the error, with all clients if it can be their own.
func (b builder) fails(t *testing.T, p *project, s scene, n int) {
	clients, pattern := b.clients, s.refuses[b.name]
	if lack := s.lacks[b.name]; lack != "" {
		clients, pattern = clients[n%len(clients):][:1], lack
	}
	for _, c := range clients {
		out, err := c.build(t, p, s.builds[0], "--output=type=local,dest="+t.TempDir())
		if err == nil || !regexp.MustCompile(pattern).MatchString(out) {
			t.Errorf("%s: the error is %v, without %q", c.name, err, pattern)
		}
		if s.lacks[b.name] != "" {
			b.helps(t, p, out)
		}
	}
}

// helps checks that Strata's error suggests a remedy and points at the last line.
// The older engine does not show lines.
func (b builder) helps(t *testing.T, p *project, out string) {
	t.Helper()
	if !hint.MatchString(out) {
		t.Errorf("the error does not say what to do:\n%s", out)
	}
	lines := strings.Split(strings.TrimSpace(p.dockerfile), "\n")
	if points := strings.Contains(out, ">>> "+lines[len(lines)-1]); points == (b.name == olderEngine) {
		t.Errorf("the error points at the last line: %v\n%s", points, out)
	}
}
