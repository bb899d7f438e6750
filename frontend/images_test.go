package frontend

import (
	"sync"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
)

func forPlatform(arch string) sourceresolver.Opt {
	return sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &ocispecs.Platform{OS: "linux", Architecture: arch}}}
}

func TestSharedImagesAskOnce(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Options: difftest.Options{Images: map[string]difftest.Image{"broken": {Error: "broken"}}}})
	shared := shareImages(gw)
	var wg sync.WaitGroup
	for range 20 {
		for _, arch := range []string{"amd64", "arm64"} {
			wg.Go(func() {
				if _, _, config, err := shared.ResolveImageConfig(t.Context(), "busybox", forPlatform(arch)); err != nil || len(config) == 0 {
					t.Errorf("%s: %v", arch, err)
				}
				if _, _, _, err := shared.ResolveImageConfig(t.Context(), "broken", forPlatform(arch)); err == nil {
					t.Error("no error for an image that cannot be resolved")
				}
			})
		}
	}
	wg.Wait()
	for _, ref := range []string{"busybox", "broken"} {
		if n := gw.Calls()["ResolveImageConfig "+ref]; n != 2 {
			t.Errorf("%s: asked %d times for two platforms", ref, n)
		}
	}
}

// The answers for two platforms are not mixed up.
func TestSharedImagesByPlatform(t *testing.T) {
	shared := shareImages(difftest.NewGateway(difftest.Case{}))
	configs := map[string]bool{}
	for _, arch := range []string{"amd64", "arm64", "amd64"} {
		_, _, config, err := shared.ResolveImageConfig(t.Context(), "busybox", forPlatform(arch))
		if err != nil {
			t.Fatal(err)
		}
		configs[string(config)] = true
	}
	if len(configs) != 2 {
		t.Errorf("%d configs for two platforms", len(configs))
	}
}

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
