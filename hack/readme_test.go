package hack

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The table of the packages has a row for each that other packages or people use.
func TestPackagesAreListed(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path == "tools" {
			return fs.SkipDir
		}
		folder := filepath.ToSlash(filepath.Dir(path))
		code := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if code && !strings.Contains(string(page), "`"+folder+"`") {
			t.Errorf("README.md does not tell what %s is for", folder)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
