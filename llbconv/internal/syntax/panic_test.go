package syntax

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// BuildKit's instruction parser panics on a check comment if it has no linter.
func TestPanicOfParserIsAnError(t *testing.T) {
	tree, err := parser.Parse(strings.NewReader("FROM a\n# check=skip=all\nRUN true\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parseInstruction(tree.AST.Children[1], nil)
	if err == nil || !strings.Contains(err.Error(), "internal error: ") {
		t.Errorf("error %v", err)
	}
}
