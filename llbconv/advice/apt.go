package advice

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var updateAlone = Check{
	Name:        "UpdateAlone",
	Description: "Package lists that are updated in a step of their own grow stale in the cache",
	Run:         findUpdateAlone,
}

// findUpdateAlone finds steps that only update apt's package lists, where a later
// step of the stage installs from them.
func findUpdateAlone(b Build) (found []Finding) {
	b.needed(func(s Stage) {
		for i, in := range s.Instructions {
			if !in.freshByFlag() && b.onlyUpdates(s, in) && b.installsWithoutUpdate(s, s.Instructions[i+1:]) {
				found = append(found, Finding{
					Message: "apt-get update in a step of its own: the step is cached, and later installs use its old package lists",
					Hint:    "run apt-get update and apt-get install in one RUN",
					Range:   in.Range(),
				})
			}
		}
	})
	return found
}

// freshByFlag reports whether the user has said how long a step may be reused.
func (i Instruction) freshByFlag() bool {
	return i.Flags.NoCache || i.Flags.TTL || i.Flags.Key
}

func (b Build) onlyUpdates(s Stage, in Instruction) bool {
	sc, ok := b.scriptOf(s, in)
	return ok && len(sc.calls) == 1 && sc.calls[0].isApt("update")
}

// installsWithoutUpdate reports whether an install comes before the next update.
func (b Build) installsWithoutUpdate(s Stage, rest []Instruction) bool {
	for _, in := range rest {
		sc, ok := b.scriptOf(s, in)
		if !ok {
			continue
		}
		if slices.ContainsFunc(sc.calls, func(c call) bool { return c.isApt("update") }) {
			return false
		}
		if slices.ContainsFunc(sc.calls, func(c call) bool { return c.isApt("install") }) {
			return true
		}
	}
	return false
}

func (c call) isApt(verb string) bool { return c.is("apt-get", verb) || c.is("apt", verb) }

// scriptOf parses the script of an instruction, if it is a RUN.
func (b Build) scriptOf(s Stage, in Instruction) (script, bool) {
	run, ok := in.Command.(*instructions.RunCommand)
	if !ok {
		return script{}, false
	}
	return b.parseRun(s, run)
}
