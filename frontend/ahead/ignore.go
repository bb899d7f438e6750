package ahead

import (
	"bytes"
	"slices"
	"sync"

	"github.com/moby/patternmatcher/ignorefile"
)

// ignoreFiles are the ignore files that have been read: those of the main
// context and of named ones.
type ignoreFiles struct {
	mu    sync.Mutex
	files []ignoreFile
}

type ignoreFile struct {
	name string
	text []byte
}

func (f *ignoreFiles) add(name string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = append(f.files, ignoreFile{name, text})
}

// IgnoreFile returns the ignore file that dockerui has read these patterns
// from. The text is nil where it is not known.
func (c *Client) IgnoreFile(patterns []string) (name string, text []byte) {
	c.ignores.mu.Lock()
	defer c.ignores.mu.Unlock()
	for _, f := range c.ignores.files {
		if has, err := ignorefile.ReadAll(bytes.NewReader(f.text)); err == nil && slices.Equal(has, patterns) {
			return f.name, f.text
		}
	}
	return "", nil
}
