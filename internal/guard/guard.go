// Package guard turns panics into errors. Libraries parse most of a user's
// text; a bug in one of them, or in Strata, must not end the process, and its
// error must point at the instruction that causes it.
package guard

import "fmt"

// Do calls f and returns a panic of f as its error. Functions on goroutines of
// their own need it, as a panic there ends the process.
func Do[T any](f func() (T, error)) (value T, err error) {
	defer Recover(&err)
	return f()
}

// Recover sets err to the panic of the function that defers it.
func Recover(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("internal error: %v (a fault of the frontend; please report it with the Dockerfile)", v)
	}
}
