package frontend

import (
	"errors"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/diag"
)

// gone is a case whose lock has all sources, two of which cannot be looked up any more.
// Its target needs none of these two.
func gone(t *testing.T) difftest.Case {
	t.Helper()
	c := locked(t, lockable("FROM debian AS other\nENV A=b\nRUN true\nADD https://example.com/file /\nFROM alpine\nCOPY --from=busybox /a /\n", nil))
	c.Options.Images = map[string]difftest.Image{"debian": {Error: "no match for platform in manifest: not found"}}
	c.Options.HTTP = nil
	return c
}

// A check lists sources that cannot be looked up, and the other differences.
func TestCheckOfFailedSources(t *testing.T) {
	c := gone(t)
	c.Dockerfile = append(c.Dockerfile, "COPY --from=golang /a /\n"...)
	c.Options.Images["alpine"] = difftest.Image{NoDigest: true}
	res, err := ask(t, c, "frontend.lockcheck")
	if err != nil || string(res.Metadata["result.statuscode"]) != "1" {
		t.Fatalf("status %q: %v", res.Metadata["result.statuscode"], err)
	}
	text := string(res.Metadata["result.txt"])
	for _, want := range []string{
		"Dockerfile.lock has 4 differences.\n\nmissing  golang (Dockerfile:7)\n",
		"\nfailed   alpine (Dockerfile:5)\n    old  sha256:", "    error  the daemon reports no digest of the image (push it to a registry, or give it with --build-context)\n",
		"\nfailed   debian (Dockerfile:1)\n    old  sha256:", "    error  no match for platform in manifest: not found\n",
		"\nfailed   https://example.com/file (Dockerfile:4)\n    old  sha256:", "    error  no such URL https://example.com/file\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the check lacks %q:\n%s", want, text)
		}
	}
	if data := string(res.Metadata["result.json"]); !strings.Contains(data, `"state": "failed"`) || !strings.Contains(data, `"error": "no such URL https://example.com/file"`) {
		t.Errorf("the data lacks the errors:\n%s", data)
	}
}

// A lock keeps the line of a source that cannot be looked up and that the target does
// not need. Without a line, the lock lacks the source.
func TestLockOfFailedSources(t *testing.T) {
	c := gone(t)
	old := *c.Options.Lock
	if text := *locked(t, c).Options.Lock; text != old {
		t.Errorf("the lock changes:\n%s", difftest.DiffText(old, text))
	}
	c.Options.Lock = nil
	gw := difftest.NewGateway(asking(c, "frontend.lock"))
	res, err := Build(t.Context(), gw)
	if text := string(res.Metadata["result.txt"]); err != nil || strings.Count(text, "CONVERT") != 2 || strings.Contains(text, "debian") || strings.Contains(text, "https:") {
		t.Errorf("without a lock: %v\n%s", err, text)
	}
	if w := gw.Warnings(); len(w) != 2 || w[0].Message != "NotLocked: debian cannot be looked up: no match for platform in manifest: not found (the lock lacks it, as the target does not need it) (line 1)" || w[1].Opts.Range[0].Start.Line != 4 {
		t.Errorf("the warnings are %v", w)
	}
	c.Options.BuildArgs = map[string]string{"STRATA_LOCK": "update"}
	if _, err := Build(t.Context(), difftest.NewGateway(c)); err != nil {
		t.Errorf("update: %v", err)
	}
	c.Options.Target = "other"
	for _, request := range []string{"frontend.lock", ""} {
		c := c
		if request != "" {
			c = asking(c, request)
		}
		_, err = Build(t.Context(), difftest.NewGateway(c))
		var many *diag.Errors
		if !errors.As(err, &many) || many.Diagnostics[0].Line() != 1 || !strings.Contains(err.Error(), "the image does not exist for linux/amd64") {
			t.Errorf("%q for a target that needs it: %v", request, err)
		}
	}
	delete(c.Options.Images, "debian")
	if _, err := ask(t, c, "frontend.lock"); err == nil || err.Error() != "line 4: https://example.com/file: no such URL https://example.com/file" {
		t.Errorf("of a file that the target needs: %v", err)
	}
}
