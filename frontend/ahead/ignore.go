package ahead

import (
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
)

// ignoreFiles are the ignore files that have been read.
type ignoreFiles struct {
	mu    sync.Mutex
	texts map[string][]byte
}

func (f *ignoreFiles) add(name string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.texts == nil {
		f.texts = map[string][]byte{}
	}
	f.texts[name] = text
}

// IgnoreFile returns the ignore file that dockerui has read for the main
// context: the Dockerfile's own goes first.
func (c *Client) IgnoreFile() (name string, text []byte) {
	c.ignores.mu.Lock()
	defer c.ignores.mu.Unlock()
	for own, text := range c.ignores.texts {
		if own != dockerui.DefaultDockerignoreName {
			return own, text
		}
	}
	name = dockerui.DefaultDockerignoreName
	return name, c.ignores.texts[name]
}
