// Package lock reads, writes and applies Dockerfile.lock. The file is stored next
// to the Dockerfile and pins the sources that the Dockerfile names, so that every
// build uses the same ones. It is a BuildKit source policy in JSON, with one source
// on each line.
package lock

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/source"
)

// Suffix is the suffix that makes the name of a lock from that of its Dockerfile.
const Suffix = ".lock"

// imageScheme and gitScheme are the prefixes of the identifiers of images and Git
// repositories.
const (
	imageScheme = "docker-image://"
	gitScheme   = "git://"
)

// An Entry pins one source.
type Entry struct {
	// Identifier is the source's identifier in LLB.
	Identifier string
	// Pin is the digest of an image or of a file, or a commit.
	Pin string
	// Line is the line of the lock, or 0 for an entry that was not read from a
	// file.
	Line int
}

// A Lock is the content of a lock file.
type Lock struct {
	// Of is the Dockerfile that the lock belongs to.
	Of      Dockerfile
	Entries []Entry // sorted by identifier
	// Required makes a missing source an error.
	Required bool

	pins map[string]Entry // by identifier
}

var _ source.Lock = (*Lock)(nil)

// New returns a lock of the entries, which have distinct sources.
func New(of Dockerfile, entries []Entry) *Lock {
	l := &Lock{Of: of, Entries: slices.Clone(entries), pins: map[string]Entry{}}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return cmp.Compare(a.Identifier, b.Identifier) })
	for _, e := range entries {
		l.pins[e.Identifier] = e
	}
	return l
}

// Pin returns the pin of a source.
func (l *Lock) Pin(identifier string) (string, bool) {
	e, ok := l.pins[identifier]
	return e.Pin, ok
}

// HasImage reports whether the lock pins the image of a full name.
func (l *Lock) HasImage(name string) bool {
	_, ok := l.Pin(imageScheme + name)
	return ok
}

var notLocked = diag.Kind{
	Code:   "NotLocked",
	Detail: "The lock file pins the sources of a Dockerfile. A source that it does not have can change from one build to the next",
}

// Missing returns the warning, or the error, about a source that the lock does not
// have.
func (l *Lock) Missing(name, _ string) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Warning,
		Kind:     notLocked,
		Message:  fmt.Sprintf("%s is not in %s", name, l.Of.Lock()),
		Hint:     "write it with " + l.Of.Update(),
	}
	if l.Required {
		d.Severity, d.Kind.Code = diag.Error, ""
		d.Message = fmt.Sprintf("%s, and %s=%s", d.Message, Arg, Require)
		d.Cause = fmt.Errorf("%s", d.Message)
	}
	return d
}
