package insight

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// First builds at the same time have the same salt, and an invalid salt is
// replaced.
func TestSalt(t *testing.T) {
	for _, foreign := range []string{"", "foreign"} {
		m := memory{dir: t.TempDir()}
		if foreign != "" {
			if err := os.WriteFile(filepath.Join(m.dir, "salt"), []byte(foreign), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var salts [8]salt
		var wg sync.WaitGroup
		for i := range salts {
			wg.Go(func() {
				var err error
				if salts[i], err = m.salt(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range salts {
			if foreign == "" && !bytes.Equal(s, salts[0]) || len(s) != saltSize {
				t.Errorf("%x and %x", s, salts[0])
			}
		}
	}
}
