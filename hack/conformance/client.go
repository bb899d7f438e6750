package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// Some tests of the suite examine the result that a frontend returns to its client,
// and skip images: they call the frontend's Build in their own process. For Strata
// they are compiled again, with the import of the reference's Build replaced by
// Strata's.
const (
	referenceImport = `"github.com/moby/buildkit/frontend/dockerfile/builder"`
	strataImport    = `builder "github.com/stratabuild/strata/frontend"`
)

// strataInClient is the suite with Strata in its process.
func (s *Suite) strataInClient(ctx context.Context) (Subject, error) {
	src, err := workbench.Checkout()
	if err != nil {
		return Subject{}, err
	}
	module := filepath.Join(src, "hack", "tools", "conformance")
	overlay, err := s.overlay(filepath.Join(module, "client"))
	if err != nil {
		return Subject{}, err
	}
	binary := filepath.Join(s.scratch.Dir, "client.test")
	printf("compiling the suite with Strata in it ...")
	err = workbench.GoBuild(ctx, module, []string{"test", "-c", "-overlay", overlay, "./client"}, binary)
	return inClient("strata", binary), err
}

// overlay overlays the suite's files on the folder, for the go command, and returns
// the overlay's description file.
func (s *Suite) overlay(dir string) (string, error) {
	tests, err := filepath.Glob(filepath.Join(s.source, "*_test.go"))
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	changed := 0
	for _, file := range tests {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		copied := filepath.Join(s.scratch.Dir, filepath.Base(file))
		replace[filepath.Join(dir, filepath.Base(file))] = copied
		changed += strings.Count(string(text), referenceImport)
		text = []byte(strings.ReplaceAll(string(text), referenceImport, strataImport))
		if err := os.WriteFile(copied, text, 0o644); err != nil {
			return "", err
		}
	}
	if changed != 1 {
		return "", fmt.Errorf("%d files of the suite in %s import the frontend, and it should be one", changed, s.source)
	}
	file := filepath.Join(s.scratch.Dir, "overlay.json")
	return file, host.WriteJSON(file, map[string]any{"Replace": replace})
}
