package scenario

import (
	"os"
	"regexp"
	"testing"
)

// Block is a piece of a page that is set apart, such as a command.
type Block struct{ Language, Text string }

var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// Blocks are all blocks of a Markdown page that name their language.
func Blocks(t *testing.T, page string) (blocks []Block) {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range block.FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, Block{m[1], m[2]})
	}
	return blocks
}

// Publish makes the frontend under test known by a name of the registry, which
// is what Docker Hub's names resolve to as well.
func Publish(t *testing.T, name string) {
	t.Helper()
	Push(t, Env().Registry()+"/"+name, Files{"Dockerfile": "FROM " + Frontend() + "\n"})
}
