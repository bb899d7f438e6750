//go:build race

package difftest

// raceEnabled tells that the race detector watches.
const raceEnabled = true
