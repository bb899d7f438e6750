package scenario

import (
	"os"
	"testing"

	"github.com/stratabuild/strata/hack/workbench"
)

// ReferenceImage makes the reference's frontend image and returns its reference.
func ReferenceImage(t *testing.T) string {
	t.Helper()
	program, err := Env().Tool(t.Context(), "dockerfile-frontend")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	ref := Env().Registry() + "/reference/dockerfile:1"
	return ref + "@" + Push(t, ref, Files{"Dockerfile": workbench.ReferenceDockerfile, "dockerfile-frontend": string(raw)})
}
