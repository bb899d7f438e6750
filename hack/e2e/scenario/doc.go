// Package scenario tells small stories about the build cache: write a project,
// build it on a private daemon, edit it, build again, and say which steps must
// have run and which must have come from the cache.
package scenario
