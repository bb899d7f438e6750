//go:build !race

package difftest

// RaceEnabled tells that the race detector watches.
const RaceEnabled = false
