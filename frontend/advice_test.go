package frontend

import (
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// The files of the context are listed only for a check that is on, and once.
func TestContextIsListedForChecks(t *testing.T) {
	const copies = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node\nCOPY . .\nRUN npm ci\n"
	for name, c := range map[string]struct {
		text, platform string
		options        map[string]string
		want           int
	}{
		"off":           {copies, "", nil, 0},
		"on":            {"# check=experimental=all\n" + copies, "", nil, 1},
		"for two":       {"# check=experimental=all\n" + copies, "linux/amd64,linux/arm64", nil, 1},
		"by name":       {"# check=experimental=BroadContext\n" + copies, "", nil, 1},
		"another":       {"# check=experimental=UpdateAlone\n" + copies, "", nil, 0},
		"nothing to do": {"# check=experimental=all\nFROM node\nCOPY src src\n", "", nil, 0},
		"a request":     {"# check=experimental=all\n" + copies, "", map[string]string{"requestid": "frontend.lint"}, 1},
	} {
		options := map[string]string{"platform": c.platform}
		for key, value := range c.options {
			options[key] = value
		}
		gw := difftest.NewGateway(caseOf(c.text, options))
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		if got := gw.Calls()["ReadFile .fsutil-metadata"]; got != c.want {
			t.Errorf("%s: listed %d times, want %d", name, got, c.want)
		}
	}
}
