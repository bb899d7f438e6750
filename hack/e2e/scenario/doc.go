// Package scenario helps to write tests of the build cache: they write a project,
// build it on a private daemon, edit it, build again, and check which steps ran and
// which came from the cache.
package scenario
