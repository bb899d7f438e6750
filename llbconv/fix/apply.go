package fix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/stratabuild/strata/llbconv/advice"
)

// maxRounds bounds how often a text is looked at again after its edits.
const maxRounds = 20

// All makes the safe fixes of a Dockerfile. find returns those of a text. It is
// called again after each round of edits, as some fixes are about the same lines and
// some make room for others. All returns the new text, and the fixes that it is
// made of.
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
	return nil, nil, errors.New("the fixes of the Dockerfile undo each other")
}

// apply makes the safe fixes. One that is about an instruction of an earlier one is
// left for the next round: two edits of one instruction may not go together.
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
			made = append(made, f) // together with an earlier one
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

// places are the first lines of the instructions by their lines.
type places map[int]int

func instructionsByLine(text []byte) places {
	p := places{}
	f, err := Parse(text)
	if err != nil {
		return p // then each line is a place of its own
	}
	for _, in := range f.instructions {
		for n := in.node.StartLine; n <= in.node.EndLine; n++ {
			p[n] = in.node.StartLine
		}
	}
	return p
}

// of are the places of the lines that edits change, and of those before which they
// insert.
func (p places) of(edits []advice.Edit) (about []int) {
	for _, e := range edits {
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
