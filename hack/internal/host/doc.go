// Package host deals with the machine that the workbench runs on: it runs
// programs, installs or unpacks Debian's packages, takes file locks and prints
// progress.
package host
