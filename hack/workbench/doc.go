// Package workbench runs a private BuildKit that does not affect other programs on
// the machine: a buildkitd, a registry on a loopback port, the command line
// clients, and base images under their usual names.
//
// All files are in one folder (see DefaultRoot), so that a second checkout finds
// the tools and the base images of the first one. Two kinds of users share it:
//
//   - The command "workbench up" starts the processes and leaves them running
//     until "workbench down".
//   - A program (a test run, the demo) calls Open and Close. If nothing was
//     running, Open starts it, and the last Close ends it. If a program is
//     killed before it calls Close, a small watcher process ends the daemon, so
//     that a test run never leaks one.
package workbench
