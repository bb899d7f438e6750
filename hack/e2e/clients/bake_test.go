package clients

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// matrixFile has a target for each colour and size, and one target that combines
// their results.
const matrixFile = `
variable "CASE" { default = "" }
target "base" { dockerfile-inline = "FROM busybox\nRUN echo $${CASE} base > /base\n" }
target "part" {
  name     = "part-${colour}-${size}"
  matrix   = { colour = ["red", "blue"], size = ["1", "2"] }
  contexts = { base = "target:base" }
  args     = { COLOUR = colour, SIZE = size, CASE = CASE }
  target   = size == "1" ? "small" : "large"
}
target "all" {
  dockerfile = "all.Dockerfile"
  contexts   = {
    red1  = "target:part-red-1",  red2  = "target:part-red-2"
    blue1 = "target:part-blue-1", blue2 = "target:part-blue-2"
  }
}
group "default" { targets = ["part", "all"] }
`

// TestBakeMatrix bakes all targets of a matrix, and one that combines them.
func TestBakeMatrix(t *testing.T) {
	p := scenario.New(t, scenario.Files{
		"docker-bake.hcl": matrixFile,
		"Dockerfile": "FROM base AS work\nARG COLOUR SIZE CASE\nRUN echo $COLOUR $SIZE $CASE > /part\n" +
			"FROM scratch AS small\nCOPY --from=work /part /small\nFROM scratch AS large\nCOPY --from=work /part /large\n",
		"all.Dockerfile": "FROM scratch\nCOPY --from=red1 / /red1\nCOPY --from=red2 / /red2\nCOPY --from=blue1 / /blue1\nCOPY --from=blue2 / /blue2\n",
	})
	for name, syntax := range map[string]string{"reference": "", "Strata": scenario.Frontend()} {
		unique := scenario.Unique()
		bake := command{tool: "buildx", dir: p.Dir, env: []string{"CASE=" + unique}, args: []string{"bake", "--set", "*.output=type=cacheonly"}}
		dest := t.TempDir()
		bake.args = append(bake.args, "--set", "all.output=type=local,dest="+dest)
		if syntax != "" {
			bake.args = append(bake.args, "--set", "*.args.BUILDKIT_SYNTAX="+syntax)
		}
		bake.succeed(t)
		got, want := scenario.Files{}, scenario.Files{}
		for _, colour := range []string{"red", "blue"} {
			for size, file := range map[string]string{"1": "small", "2": "large"} {
				want[colour+size] = file + ": " + colour + " " + size + " " + unique
				for f, content := range filesOf(t, dest+"/"+colour+size) {
					got[colour+size] += fmt.Sprintf("%s: %s", f, content)
				}
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: baked %q, want %q", name, got, want)
		}
	}
}
