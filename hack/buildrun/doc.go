// Package buildrun runs builds on a real BuildKit daemon and reports which steps
// ran, which came from the cache, how long each took and what they printed. It
// reads all of this from the daemon's status stream, and never from text meant for
// users.
package buildrun
