package fix

import (
	"bytes"
	"errors"

	"github.com/stratabuild/strata/llbconv/advice"
)

// maxRounds bounds how often a text is looked at again after its edits.
const maxRounds = 20

// All makes the safe fixes of a Dockerfile. find returns those of a text. It is
// called again after each round of edits, as some fixes overlap and some make room
// for others. All returns the new text, and the fixes that it is made of.
func All(text []byte, find func(text []byte) ([]Fix, error)) ([]byte, []Fix, error) {
	var done []Fix
	for range maxRounds {
		found, err := find(text)
		if err != nil {
			return nil, nil, err
		}
		edited, made := apply(text, found)
		if bytes.Equal(edited, text) {
			return text, done, nil
		}
		text, done = edited, append(done, made...)
	}
	return nil, nil, errors.New("the fixes of the Dockerfile undo each other")
}

// apply makes the safe fixes that do not overlap with an earlier one.
func apply(text []byte, fixes []Fix) ([]byte, []Fix) {
	edited := text
	var made []Fix
	var edits []advice.Edit
	for _, f := range fixes {
		if f.Unsafe || len(f.Edits) == 0 {
			continue
		}
		next := append(edits[:len(edits):len(edits)], f.Edits...)
		if out, err := advice.Apply(text, next); err == nil {
			edited, edits, made = out, next, append(made, f)
		}
	}
	return edited, made
}
