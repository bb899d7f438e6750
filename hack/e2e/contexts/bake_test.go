package contexts

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// bakeFile links targets: the result of one is a context of the next.
const bakeFile = `
target "base" {
  context = "base"
  args = { CASE = "%[1]s" }
}
target "tools" { context = "tools" }
target "app" {
  context  = "app"
  args     = { CASE = "%[1]s" }
  contexts = { busybox = "target:base", tools = "target:tools", conf = "conf" }
  output   = ["type=oci,tar=false,source-date-epoch=1700000000,dest=%[2]s"]
  attest   = ["type=provenance,disabled=true"]
}
`

// Targets are built with both frontends: the image of one is the base of
// another, with its config.
func TestBakeTargets(t *testing.T) {
	unique := scenario.Unique()
	p := scenario.New(t, scenario.Files{
		"base/Dockerfile":  "FROM busybox\nARG CASE\nENV FROM_BASE=$CASE\nCOPY file /base/\nWORKDIR /base\n",
		"base/file":        "base " + unique + "\n",
		"tools/Dockerfile": "FROM scratch\nCOPY tool /tool\n",
		"tools/tool":       unique,
		"app/Dockerfile": "FROM busybox\nCOPY --from=tools tool .\nCOPY --from=conf conf .\n" +
			"RUN --mount=from=tools,target=/t cat /base/file /t/tool > all && echo $FROM_BASE > env\nCOPY own .\n",
		"app/own":   "own\n",
		"conf/conf": "conf\n",
	})
	bake := func(layout string, more ...string) *scenario.Result {
		p.Write("docker-bake.hcl", fmt.Sprintf(bakeFile, unique, layout))
		c := scenario.Buildx{Dir: p.Dir, Args: append([]string{"bake", "app"}, more...)}
		return c.Result(t, filepath.Join(p.Dir, layout))
	}
	want := bake("reference")
	want.RanAll()
	got := bake("strata", "--set", "*.args.BUILDKIT_SYNTAX="+scenario.Frontend())
	got.Ran()
	got.SameExport(want)
	got.Holds(scenario.Files{
		"/base/all": "base " + unique + "\n" + unique, "/base/tool": unique, "/base/conf": "conf", "/base/own": "own", "/base/env": unique,
	})
	if env := got.Image.Config.Config.Env; !slices.Contains(env, "FROM_BASE="+unique) {
		t.Errorf("the image's environment is %q, without that of its base", env)
	}
}
