// Package buildrun runs builds on a real BuildKit daemon and tells what
// happened in them: which steps ran, which came from the cache, how long each
// took and what they printed. All of it is read from the daemon's own status
// stream, none from text meant for people.
package buildrun
