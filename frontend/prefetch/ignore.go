package prefetch

import (
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
)

// ignoreFiles are the ignore files of the main context that have been read.
type ignoreFiles struct {
	mu sync.Mutex
	// own is that of the Dockerfile alone, shared that of the context.
	own, shared *ignoreFile
}

type ignoreFile struct {
	name string
	text []byte
}

// add notes a file that was read from a local source, or from another source
// where local is empty. Named contexts have ignore files of their own.
func (f *ignoreFiles) add(local, name string, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !strings.HasSuffix(name, dockerui.DefaultDockerignoreName):
	case name != dockerui.DefaultDockerignoreName:
		f.own = &ignoreFile{name, text}
	case local == dockerui.DefaultLocalNameContext:
		f.shared = &ignoreFile{name, text}
	}
}

// IgnoreFile returns the ignore file of the main context: that of the
// Dockerfile alone goes first. The text is nil where none was read.
func (c *Client) IgnoreFile() (name string, text []byte) {
	c.ignores.mu.Lock()
	defer c.ignores.mu.Unlock()
	for _, f := range []*ignoreFile{c.ignores.own, c.ignores.shared} {
		if f != nil {
			return f.name, f.text
		}
	}
	return "", nil
}
