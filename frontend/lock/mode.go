package lock

import "fmt"

// Arg is the build arg that selects a Mode.
const Arg = "STRATA_LOCK"

// A Mode says how a build uses the lock.
type Mode string

// The values of the build arg. By default a build uses the lock if there is one,
// and warns of sources that are missing from it.
const (
	Default Mode = ""
	Require Mode = "require"
	Off     Mode = "off"
	Update  Mode = "update"
)

// ParseMode parses the value of the build arg.
func ParseMode(value string) (Mode, error) {
	switch m := Mode(value); m {
	case Default, Require, Off, Update:
		return m, nil
	}
	return Default, fmt.Errorf("invalid build arg %s=%s (use require to fail without a lock or an entry, off to ignore the lock, or update to look all sources up again)", Arg, value)
}
