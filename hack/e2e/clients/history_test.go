package clients

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestInvalidHistory gives a folder and an image with a file that is not a history. A build
// and a request say so, and do their work.
func TestInvalidHistory(t *testing.T) {
	t.Parallel()
	const name, line = "strata-history=", "why: the history bad.json is not used: it is not the output of --call=history"
	histories := scenario.New(t, scenario.Files{"bad.json": "[]", "Dockerfile": "FROM scratch\nCOPY bad.json /\n"})
	ref := scenario.Env().Registry() + "/clients/history:" + scenario.Unique()
	histories.Push(ref)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nCOPY a /\n"})
	for _, context := range []string{histories.Dir, "docker-image://" + ref} {
		for _, call := range []string{"build", "cache"} {
			says := ""
			for i := range 3 { // on a busy machine, a build does not wait for the comparison
				p.Write("a", fmt.Sprint(scenario.Unique(), i))
				s := ask(t, p, scenario.Frontend(), "--build-context="+name+context, "--call="+call)
				if says = s.err; s.code != 0 || strings.Contains(says, line) {
					break
				}
			}
			if !strings.Contains(says, line) {
				t.Errorf("%s of %s lacks %q:\n%s", call, context, line, says)
			}
		}
	}
	if s := ask(t, p, scenario.Frontend(), "--call=history", "--build-arg=STRATA_WHY=off"); s.code == 0 || !strings.Contains(s.err, "STRATA_WHY=off turns the comparison with earlier builds off") {
		t.Errorf("exit code %d\n%s", s.code, s.err)
	}
	reference := command{tool: "buildx", dir: p.Dir, args: []string{"build", "--build-context=" + name + histories.Dir, "."}}
	reference.succeed(t)
}
