//go:build race

package difftest

// RaceEnabled reports whether the race detector is on.
const RaceEnabled = true
