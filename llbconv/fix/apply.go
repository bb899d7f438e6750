package fix

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stratabuild/strata/llbconv/advice"
)

// maxRounds limits the rounds of edits of a text.
const maxRounds = 100

// All applies the safe fixes of a Dockerfile. find returns the fixes of a text. All
// calls it again after each round of edits, because some fixes concern the same
// lines and some make others possible. All returns the new text and the fixes that
// were applied.
func All(text []byte, find func(text []byte) ([]Fix, error)) ([]byte, []Fix, error) {
	var done []Fix
	for round := range maxRounds {
		found, err := find(text)
		if err != nil {
			if round > 0 {
				err = fmt.Errorf("the Dockerfile with its fixes: %w", err)
			}
			return nil, nil, err
		}
		edited, made, err := apply(text, found)
		if err != nil {
			return nil, nil, err
		}
		if bytes.Equal(edited, text) {
			return text, done, nil
		}
		text, done = edited, append(done, made...)
	}
	return nil, nil, fmt.Errorf("the fixes do not converge: after %d rounds, the checks still find problems", maxRounds)
}

// apply applies the safe fixes. A fix of an instruction that an earlier fix edits
// waits for the next round, because two edits of one instruction may conflict.
func apply(text []byte, fixes []Fix) ([]byte, []Fix, error) {
	var made []Fix
	var edits []advice.Edit
	places, taken := instructionsByLine(text), map[int]bool{}
	for _, f := range fixes {
		if f.Unsafe || len(f.Edits) == 0 {
			continue
		}
		isNew := func(e advice.Edit) bool { return !slices.Contains(edits, e) }
		if !slices.ContainsFunc(f.Edits, isNew) {
			made = append(made, f) // as part of an earlier one
			continue
		}
		about := places.of(f.Edits)
		if slices.ContainsFunc(about, func(n int) bool { return taken[n] }) {
			continue
		}
		for _, n := range about {
			taken[n] = true
		}
		edits, made = append(edits, f.Edits...), append(made, f)
	}
	edited, err := advice.Apply(text, edits)
	return edited, made, err
}

// places maps each line to the first line of its instruction.
type places map[int]int

func instructionsByLine(text []byte) places {
	p := places{}
	f, err := Parse(text)
	if err != nil {
		return p // then each line is a separate place
	}
	for _, in := range f.instructions {
		for n := in.node.StartLine; n <= in.node.EndLine; n++ {
			p[n] = in.node.StartLine
		}
	}
	return p
}

// of returns the places of the lines that edits change. Lines that are inserted between
// two instructions change neither.
func (p places) of(edits []advice.Edit) (about []int) {
	for _, e := range edits {
		if p.isBetween(e) {
			continue
		}
		last := e.Range.End.Line
		if e.Range.End.Character == 0 && last > e.Range.Start.Line {
			last--
		}
		for n := e.Range.Start.Line; n <= last; n++ {
			about = append(about, cmp.Or(p[n], n))
		}
	}
	return about
}

// isBetween reports whether an edit inserts whole lines between two instructions.
func (p places) isBetween(e advice.Edit) bool {
	at := e.Range.Start
	return at == e.Range.End && at.Character == 0 && cmp.Or(p[at.Line], at.Line) == at.Line && strings.HasSuffix(e.Text, "\n")
}
