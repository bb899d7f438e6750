package scenario

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tree lists all files under root: path to type, mode, owner and content. It omits
// times, because they depend on when a build ran.
func Tree(t *testing.T, root string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			content, err = os.Readlink(path)
		case info.Mode().IsRegular():
			var raw []byte
			raw, err = os.ReadFile(path)
			content = fmt.Sprintf("%x", sha256.Sum256(raw))
		}
		rel, _ := filepath.Rel(root, path)
		owner := info.Sys().(*syscall.Stat_t)
		tree["/"+rel] = fmt.Sprintf("%v %d:%d %s", info.Mode(), owner.Uid, owner.Gid, content)
		return err
	}))
	return tree
}
