package frontend

import (
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// A whole build asks once for what several stages start from.
func TestBuildAsksOncePerImage(t *testing.T) {
	gw := difftest.NewGateway(caseOf("FROM busybox AS a\nFROM busybox AS b\nCOPY --from=a / /\nCOPY --from=busybox / /\n", nil))
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	for call, n := range gw.Calls() {
		if call == "ResolveImageConfig docker.io/library/busybox:latest" && n != 1 {
			t.Errorf("asked %d times", n)
		}
	}
	if gw.Calls()["ResolveImageConfig"] != 1 {
		t.Errorf("calls: %v", gw.Calls())
	}
}
