package builders

import (
	"strings"
	"testing"
)

// unexplained are the answers of daemons that cannot compare builds.
var unexplained = map[string]string{olderEngine: "the daemon is too old to compare builds"}

// why checks with each client that a build says why a step ran. Then it requests the
// steps that a build would run, and what the daemon remembers.
func (b builder) why(t *testing.T) {
	// The folder in each instruction tells the project from the others of these tests.
	p := newProject(t, "FROM busybox\nCOPY a /{unique}/\nCOPY sub/b /{unique}/\n")
	on := build{args: map[string]string{"STRATA_WHY": "on"}}
	if out := b.once(t, b.buildx(), p, on); strings.Contains(out, "why: ") {
		t.Errorf("a first build says why:\n%s", out)
	}
	for i, c := range b.clients {
		p.Write("sub/b", "b\n"+strings.Repeat("more\n", i+1))
		out := b.once(t, c, p, on)
		if n := strings.Count(out, "why: sub/b changed (+1 line): line 4 COPY ran again"); (n == 1) != b.explains() {
			t.Errorf("%s says why %d times:\n%s", c.name, n, out)
		}
	}
	p.Write("sub/b", "b\n")
	if out := b.buildx().run(t, append(b.buildx().args, "--quiet", p.Dir)...); strings.Contains(out, "why") {
		t.Errorf("a quiet build says why:\n%s", out)
	}
	p.Write("a", "else\n")
	for call, want := range map[string]string{"--call=cache": "a changed: +1 -1 lines", "--call=history": `"memory": "strata.why.`} {
		out, err := b.buildx().build(t, p, build{}, call)
		if !b.explains() {
			want = unexplained[b.name]
		}
		if (err == nil) != b.explains() || !strings.Contains(out, want) {
			t.Errorf("%s: %v, without %q:\n%s", call, err, want, out)
		}
	}
	if out, err := b.buildx().build(t, p, build{args: map[string]string{"STRATA_WHY": "off"}}); err != nil || strings.Contains(out, "why: ") {
		t.Errorf("%v, or why although that is off:\n%s", err, out)
	}
}

func (b builder) explains() bool { return unexplained[b.name] == "" }
