package llbconv_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"golang.org/x/tools/txtar"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/diag"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden converts the Dockerfile of each golden and compares the result with
// the recorded ops, image config and diagnostics, and with the steps if they are
// recorded. A file shows one behaviour.
func TestGolden(t *testing.T) {
	for _, file := range goldenFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			recorded, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := txtar.Format(golden(t, recorded))
			if bytes.Equal(got, recorded) {
				return
			}
			if !*update {
				t.Errorf("%s (rewrite it with -update)", difftest.DiffText(string(recorded), string(got)))
				return
			}
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func goldenFiles(tb testing.TB) []string {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no goldens: %v", err)
	}
	return files
}

// goldenInput returns a golden without its outputs.
func goldenInput(data []byte) *txtar.Archive {
	archive := txtar.Parse(data)
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
		return slices.Contains(difftest.GoldenOutputs, path.Base(f.Name))
	})
	return archive
}

func goldenCase(tb testing.TB, archive *txtar.Archive) difftest.Case {
	cases, err := difftest.ParseCases("golden", txtar.Format(archive))
	if err != nil {
		tb.Fatal(err)
	}
	return cases[0]
}

func golden(t *testing.T, recorded []byte) *txtar.Archive {
	hasSteps := bytes.Contains(recorded, []byte("\n-- steps --\n"))
	archive := goldenInput(recorded)
	c := goldenCase(t, archive)
	targets := c.Platforms()
	for _, p := range targets {
		folder := ""
		if len(targets) > 1 {
			folder = platforms.Format(*p)
		}
		result, diags := conversion.RunCase(t.Context(), c, p)
		r := conversion.Result(t.Context(), result, diags)
		add := func(name, text string) {
			if text != "" {
				archive.Files = append(archive.Files, txtar.File{Name: path.Join(folder, name), Data: []byte(text)})
			}
		}
		add("llb", dump(r.Definition))
		add("image", imageText(r.Image))
		add("scan", scanText(r))
		add("diagnostics", diagnostics(r))
		if hasSteps {
			add("steps", stepsText(t.Context(), result))
		}
	}
	return archive
}

func imageText(config []byte) string {
	if config == nil {
		return ""
	}
	var b strings.Builder
	writeJSON(&b, config)
	return shortDigest(b.String())
}

// scanText lists what an SBOM scanner reads besides the result.
func scanText(r difftest.Result) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.Scan)) {
		fmt.Fprintf(&b, "%s:\n%s", name, dump(r.Scan[name]))
	}
	return b.String()
}

// diagnostics lists the warnings, then the errors, each with its places.
func diagnostics(r difftest.Result) string {
	var b strings.Builder
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning %s %s: %s\n", lines(w.Ranges), w.Rule, w.Message)
	}
	var many *diag.Errors
	switch {
	case errors.As(r.Err, &many):
		for _, d := range many.Diagnostics {
			var places []string
			for _, ranges := range d.Ranges() {
				places = append(places, lines(ranges))
			}
			fmt.Fprintf(&b, "error %s: %s\n", strings.Join(places, " "), d.Text())
		}
	case r.Err != nil:
		fmt.Fprintf(&b, "error: %v\n", r.Err)
	}
	return b.String()
}

func lines(ranges []parser.Range) string {
	var out []string
	for _, r := range ranges {
		text := fmt.Sprintf("%d:%d-%d:%d", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
		out = append(out, text)
	}
	return strings.Join(out, ",")
}
