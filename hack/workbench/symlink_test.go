package workbench

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Several processes make the same link at once, and others use it meanwhile.
func TestSymlink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "bin", "link")
	if err := symlink("first", link); err != nil {
		t.Fatal(err)
	}
	var all errgroup.Group
	for i := range 4 {
		all.Go(func() error {
			for n := range 1000 {
				if err := symlink(strconv.Itoa((i+n)%3), link); err != nil {
					return err
				}
				if _, err := os.Readlink(link); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if files, err := os.ReadDir(filepath.Dir(link)); err != nil || len(files) != 1 {
		t.Errorf("left are %v: %v", files, err)
	}
}
