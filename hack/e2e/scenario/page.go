package scenario

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Block is a fenced block of a page, such as a command.
type Block struct{ Language, Text string }

var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// Blocks returns all blocks of a Markdown page that name their language.
func Blocks(t *testing.T, page string) (blocks []Block) {
	t.Helper()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, m := range block.FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, Block{m[1], m[2]})
	}
	return blocks
}

// Publish pushes the frontend under test with a name of the registry, to which
// Docker Hub's names also resolve.
func Publish(t *testing.T, name string) {
	t.Helper()
	Push(t, Env().Registry()+"/"+name, Files{"Dockerfile": "FROM " + Frontend() + "\n"})
}
