package advice

import (
	"slices"
)

// Files are paths of the build context, with slashes, without a leading one.
type Files []string

// Has reports whether there is a file or directory.
func (f Files) Has(name string) bool { return slices.Contains(f, name) }
