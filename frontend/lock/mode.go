package lock

import "fmt"

// Arg is the build arg that says what a build does with the lock.
const Arg = "STRATA_LOCK"

// Mode says what a build does with the lock.
type Mode string

// The values of the build arg. The default uses the lock where there is one, and
// warns of what it does not have.
const (
	Default Mode = ""
	Require Mode = "require"
	Off     Mode = "off"
	Update  Mode = "update"
)

// ParseMode reads the value of the build arg.
func ParseMode(value string) (Mode, error) {
	switch m := Mode(value); m {
	case Default, Require, Off, Update:
		return m, nil
	}
	return Default, fmt.Errorf("invalid build arg %s=%s (use require to fail without a lock or an entry, off to ignore the lock, or update to look all sources up again)", Arg, value)
}
