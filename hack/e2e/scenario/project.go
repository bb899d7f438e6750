package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// Files are the names and contents of files.
type Files map[string]string

// Project is a folder that is edited and built.
type Project struct {
	t   *testing.T
	Dir string
	// Build describes the build of the project, except for its folder and frontend.
	Build buildrun.Build
	// ByImage has all builds use the frontend's image; see InProcess.
	ByImage bool
	// Export are further attributes of the exporter.
	Export map[string]string
}

// New makes a project of the files.
func New(t *testing.T, files Files) *Project {
	t.Helper()
	p := &Project{t: t, Dir: t.TempDir()}
	for name, content := range files {
		p.Write(name, content)
	}
	return p
}

// With returns the same project for a subtest.
func (p *Project) With(t *testing.T) *Project {
	sub := *p
	sub.t = t
	return &sub
}

func (p *Project) path(name string) string { return filepath.Join(p.Dir, filepath.FromSlash(name)) }

// Write writes a file.
func (p *Project) Write(name, content string) {
	p.t.Helper()
	require.NoError(p.t, host.WriteFile(p.path(name), []byte(content), 0o644))
}

// Read reads a file.
func (p *Project) Read(name string) string {
	p.t.Helper()
	raw, err := os.ReadFile(p.path(name))
	require.NoError(p.t, err)
	return string(raw)
}

// Replace replaces a text in a file.
func (p *Project) Replace(name, old, with string) {
	p.t.Helper()
	content := p.Read(name)
	if !strings.Contains(content, old) {
		p.t.Fatalf("%s does not hold %q:\n%s", name, old, content)
	}
	p.Write(name, strings.Replace(content, old, with, 1))
}

// Edit changes the Dockerfile.
func (p *Project) Edit(old, with string) {
	p.t.Helper()
	p.Replace("Dockerfile", old, with)
}

// Rename moves a file.
func (p *Project) Rename(from, to string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.path(to)), 0o755))
	require.NoError(p.t, os.Rename(p.path(from), p.path(to)))
}

// Chmod changes a file's mode.
func (p *Project) Chmod(name string, mode os.FileMode) {
	p.t.Helper()
	require.NoError(p.t, os.Chmod(p.path(name), mode))
}
