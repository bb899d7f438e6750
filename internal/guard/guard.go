// Package guard keeps a panic over a user's text from ending the frontend.
// Libraries read most of that text; a fault of theirs, or of Strata's own,
// shall be an error like others, with the place that it is about.
package guard

import "fmt"

// Do calls f. A panic of f becomes its error. It is for what runs on a
// goroutine of its own, where a panic ends the process.
func Do[T any](f func() (T, error)) (value T, err error) {
	defer Recover(&err)
	return f()
}

// Recover turns a panic of the function that defers it into its error.
func Recover(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("internal error: %v (a fault of the frontend; please report it with the Dockerfile)", v)
	}
}
