package prefetch

import (
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
)

// ignoreFiles holds the ignore files of the main context that have been read.
type ignoreFiles struct {
	mu sync.Mutex
	// own is the ignore file for this Dockerfile, shared the one of the
	// context.
	own, shared *ignoreFile
}

type ignoreFile struct {
	name string
	text []byte
}

// add records a file that was read from a source. local is the name of a local
// source, else empty. It skips ignore files of named contexts.
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

// IgnoreFile returns the ignore file of the main context. The file for this
// Dockerfile takes precedence. The text is nil if none was read.
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
