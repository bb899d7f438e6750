package frontend

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

// shared starts stages from the same images, for the target and the build platform.
const shared = `FROM --platform=$BUILDPLATFORM golang AS build
RUN --mount=from=busybox,target=/mnt make
FROM --platform=$BUILDPLATFORM golang AS test
COPY --from=alpine /etc /etc
FROM busybox AS base
COPY --from=build /a /b /
FROM busybox
COPY --from=base /a /
COPY --from=test /etc /etc
COPY --from=alpine /etc /more
COPY --from=debian /etc /even-more
`

// A build for several platforms looks up each image once for each platform, and
// makes all other calls once.
func TestPlatformsAskOnce(t *testing.T) {
	c := caseOf(shared, map[string]string{"platform": "linux/amd64,linux/arm64,linux/arm/v7"})
	gw := difftest.NewGateway(c)
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	calls := gw.Calls()
	for image, want := range map[string]int{"busybox": 3, "alpine": 3, "debian": 3, "golang": 1} {
		if got := calls["ResolveImageConfig docker.io/library/"+image+":latest"]; got != want {
			t.Errorf("%s: asked %d times, not %d", image, got, want)
		}
	}
	for call, want := range map[string]int{"ResolveImageConfig": 10, "ReadFile Dockerfile": 1, "ReadFile .dockerignore": 1, "Inputs": 1} {
		if got := calls[call]; got != want {
			t.Errorf("%s: %d times, want %d; all calls: %v", call, got, want, calls)
		}
	}
	if difftest.RaceEnabled {
		return // the reference races
	}
	want := difftest.NewGateway(c)
	if _, err := reference.Build(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for call, most := range want.Calls() {
		if call == "Solve" || call == "StatFile" || call == "ReadFile" {
			most++ // for the lock
		}
		if calls[call] > most && call != "BuildOpts" { // that is known without asking
			t.Errorf("%s: %d times, and the reference asks %d times", call, calls[call], most)
		}
	}
}

// The Dockerfile is parsed once for all platforms. A long stage that is not needed
// makes only the parse expensive, so that eight platforms cost little more than
// one.
func TestPlatformsShareTheParse(t *testing.T) {
	dockerfile := "FROM scratch AS unused\n" + strings.Repeat("RUN make\n", 5000) + "FROM scratch\nCOPY a /\n"
	cost := func(platforms int) float64 {
		var names []string
		for i := range platforms {
			names = append(names, fmt.Sprintf("linux/arch%d", i))
		}
		c := caseOf(dockerfile, map[string]string{"platform": strings.Join(names, ",")})
		return testing.AllocsPerRun(3, func() {
			if _, err := Build(t.Context(), difftest.NewGateway(c)); err != nil {
				t.Error(err)
			}
		})
	}
	one, eight := cost(1), cost(8)
	if eight > 1.5*one {
		t.Errorf("%.0f allocations for eight platforms, and %.0f for one", eight, one)
	}
}
