// Package host has functions for the machine of the workbench: to run programs,
// install or unpack Debian's packages, lock files and print progress.
package host
