// Package lock reads, writes and applies Dockerfile.lock: the file beside a
// Dockerfile that says what the sources are that the Dockerfile names, so that
// every build gets the same ones. The file is a source policy of BuildKit in JSON,
// one source a line.
package lock

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/source"
)

// Suffix is what the name of a lock has after that of its Dockerfile.
const Suffix = ".lock"

// imageScheme and gitScheme begin the identifiers of images and Git repositories.
const (
	imageScheme = "docker-image://"
	gitScheme   = "git://"
)

// An Entry pins one source.
type Entry struct {
	// Identifier is the name that LLB has for the source.
	Identifier string
	// Pin is the digest of an image or of a file, or a commit.
	Pin string
	// Line is the line of the lock, 0 for an entry that no file has.
	Line int
}

// A Lock is the content of a lock file.
type Lock struct {
	// Name is the name of the file.
	Name    string
	Entries []Entry // sorted by identifier
	// Required makes a source that is missing an error.
	Required bool

	pins map[string]string
}

var _ source.Lock = (*Lock)(nil)

// New returns a lock of the entries, of which no two have the same source.
func New(name string, entries []Entry) *Lock {
	l := &Lock{Name: name, Entries: slices.Clone(entries), pins: map[string]string{}}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return cmp.Compare(a.Identifier, b.Identifier) })
	for _, e := range entries {
		l.pins[e.Identifier] = e.Pin
	}
	return l
}

// Pin returns what a source is pinned to.
func (l *Lock) Pin(identifier string) (string, bool) {
	pin, ok := l.pins[identifier]
	return pin, ok
}

// HasImage reports whether the lock pins an image of a whole name.
func (l *Lock) HasImage(name string) bool {
	_, ok := l.Pin(imageScheme + name)
	return ok
}

// Missing is the warning, or the error, about a source that the lock does not have.
func (l *Lock) Missing(name, _ string) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Warning,
		Code:     "NotLocked",
		Message:  fmt.Sprintf("%s is not in %s", name, l.Name),
		Hint:     l.update(),
		Detail:   "The lock file pins the sources of a Dockerfile. A source that it does not have can change from one build to the next",
	}
	if l.Required {
		d.Severity, d.Code = diag.Error, ""
		d.Message = fmt.Sprintf("%s, and %s=%s", d.Message, Arg, Require)
		d.Cause = fmt.Errorf("%s", d.Message)
	}
	return d
}

// update says how the lock is written.
func (l *Lock) update() string {
	return fmt.Sprintf("write it with docker buildx build --call=lock . > %s", l.Name)
}
