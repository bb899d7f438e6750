package fix_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/fix"
)

// insertAt returns a fix that inserts text into a line.
func insertAt(line, character int, text string) fix.Fix {
	at := parser.Position{Line: line, Character: character}
	return fix.Fix{Code: text, Edits: []advice.Edit{{Range: parser.Range{Start: at, End: at}, Text: text}}}
}

// Fixes of one instruction are applied in turn, each to the result of the one
// before. Equal fixes are applied together.
func TestAllInRounds(t *testing.T) {
	var seen []string
	got, done, err := fix.All([]byte("RUN \\\n  a\nRUN b\n"), func(text []byte) (fixes []fix.Fix, err error) {
		seen = append(seen, string(text))
		if !strings.Contains(string(text), "x && ") {
			fixes = append(fixes, insertAt(2, 2, "x && "), insertAt(2, 2, "x && "))
		}
		if !strings.Contains(string(text), "--mount") {
			fixes = append(fixes, insertAt(1, 4, "--mount "))
		}
		if !strings.Contains(string(text), "RUN b # c") {
			fixes = append(fixes, insertAt(3, 5, " # c"))
		}
		unsafe := insertAt(3, 0, "unsafe")
		unsafe.Unsafe = true
		return append(fixes, unsafe), nil
	})
	if err != nil || string(got) != "RUN --mount \\\n  x && a\nRUN b # c\n" || len(done) != 4 {
		t.Errorf("%q, %+v, %v", got, done, err)
	}
	if len(seen) != 3 {
		t.Errorf("rounds %q", seen)
	}
}

// Several instructions move to one place in a single round, in their order.
func TestAllMovesTogether(t *testing.T) {
	at := func(line int) parser.Position { return parser.Position{Line: line} }
	move := func(line, to int, text string) fix.Fix {
		return fix.Fix{Edits: []advice.Edit{
			{Range: parser.Range{Start: at(line), End: at(line + 1)}},
			{Range: parser.Range{Start: at(to), End: at(to)}, Text: text},
		}}
	}
	rounds := 0
	got, done, err := fix.All([]byte("COPY a .\nRUN c\nCOPY b .\nRUN d\nRUN e\n"), func([]byte) ([]fix.Fix, error) {
		if rounds++; rounds > 1 {
			return nil, nil
		}
		return []fix.Fix{move(1, 5, "COPY a .\n"), move(3, 5, "COPY b .\n"), insertAt(5, 4, "-x ")}, nil
	})
	if err != nil || len(done) != 3 || string(got) != "RUN c\nRUN d\nCOPY a .\nCOPY b .\nRUN -x e\n" {
		t.Errorf("%q, %+v, %v", got, done, err)
	}
}

func TestAllFails(t *testing.T) {
	for want, find := range map[string]func([]byte) ([]fix.Fix, error){
		"^no build": func([]byte) ([]fix.Fix, error) { return nil, errors.New("no build") },
		"the Dockerfile with its fixes: no build": func(text []byte) ([]fix.Fix, error) {
			if string(text) == "a" {
				return []fix.Fix{insertAt(1, 0, "b")}, nil
			}
			return nil, errors.New("no build")
		},
		"do not converge": func([]byte) ([]fix.Fix, error) { return []fix.Fix{insertAt(1, 0, "b")}, nil },
		"no range":        func([]byte) ([]fix.Fix, error) { return []fix.Fix{insertAt(9, 0, "b")}, nil },
	} {
		_, _, err := fix.All([]byte("a"), find)
		if err == nil || !strings.Contains("^"+err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
