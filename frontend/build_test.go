package frontend

import (
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

// A build looks up each image once, even if several stages start from it.
func TestBuildAsksOncePerImage(t *testing.T) {
	gw := difftest.NewGateway(caseOf("FROM busybox AS a\nFROM busybox AS b\nCOPY --from=a / /\nCOPY --from=busybox / /\n", nil))
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	if n := gw.Calls()["ResolveImageConfig docker.io/library/busybox:latest"]; n != 1 {
		t.Errorf("asked %d times for busybox", n)
	}
	if gw.Calls()["ResolveImageConfig"] != 1 {
		t.Errorf("calls: %v", gw.Calls())
	}
}

// The ignore file of the context is not loaded if the Dockerfile has its own.
func TestOwnIgnoreFileIsEnough(t *testing.T) {
	c := difftest.Case{Dockerfile: []byte("FROM busybox\nCOPY a /\n"), OwnIgnore: []byte("b\n"), Dockerignore: []byte("c\n")}
	got, want := difftest.NewGateway(c), difftest.NewGateway(c)
	if _, err := Build(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if _, err := reference.Build(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if n, want := got.Calls()["Solve"], want.Calls()["Solve"]+1; n != want { // one more for the lock
		t.Errorf("%d solves, want %d", n, want)
	}
	if n := got.Calls()["ReadFile .dockerignore"]; n != 0 {
		t.Errorf("the context's ignore file is read %d times", n)
	}
}
