// Package property edits random projects at random. It predicts which steps each
// build runs and the content of the image, with the rules of docs/caching.md in
// plain Go. A real BuildKit shows whether the rules are right.
package property

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "property", "busybox") }

// project is a build context, a Dockerfile in pieces, and the parameters of its
// build.
type project struct {
	Files   map[string]file
	Ignored []string          // endings of file names
	Globals map[string]string // ARGs before the first FROM
	Stages  []stage
	Args    map[string]string // --build-arg
	Target  int
	LastID  int // of an instruction
	// Image is the base of stages, empty for busybox. Moved selects one of several
	// images.
	Image string
	Moved int
}

type file struct {
	Content string
	Mode    os.FileMode
}

// stage starts from busybox or, where Base is not fromImage, from an earlier
// stage.
type stage struct {
	Base  int
	Steps []instruction
}

const fromImage = -1

type kind string

const (
	kindEcho    kind = "echo"    // RUN that writes a text with variables
	kindCat     kind = "cat"     // RUN that reads outputs of its stage
	kindMount   kind = "mount"   // RUN that reads a bind mount
	kindCache   kind = "cache"   // RUN with a cache mount
	kindCopy    kind = "copy"    // COPY, ADD
	kindHeredoc kind = "heredoc" // COPY of a text
	kindWorkdir kind = "workdir"
	kindArg     kind = "arg"
	kindEnv     kind = "env"
	kindLabel   kind = "label"
	kindExpose  kind = "expose"
	kindCmd     kind = "cmd"
)

// instruction is a line of the Dockerfile. What it makes, if anything, is
// named by its ID, so that a step can be told by its name.
type instruction struct {
	Kind        kind
	ID          int
	Name, Value string
	HasValue    bool  // of an ARG
	Inputs      []int // IDs of outputs that cat reads
	From        int   // the stage that a copy or mount reads, or fromContext
	Source      string
	Add         bool
	Link        bool
	Chmod       string
	Chown       string
	Exclude     string
	Writable    bool // of a mount of a stage
}

const fromContext = -1

// makesStep says that the instruction is a step of the build.
func (in instruction) makesStep() bool {
	switch in.Kind {
	case kindArg, kindEnv, kindLabel, kindExpose, kindCmd:
		return false
	}
	return true
}

// clone is a deep copy.
func (p project) clone() project {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	var c project
	if err := json.Unmarshal(raw, &c); err != nil {
		panic(err)
	}
	return c
}

// sent are the files of the context that the ignore file lets pass.
func (p project) sent() map[string]file {
	files := maps.Clone(p.Files)
	maps.DeleteFunc(files, func(name string, _ file) bool {
		return slices.ContainsFunc(p.Ignored, func(ending string) bool { return strings.HasSuffix(name, ending) })
	})
	return files
}
