package diag

import (
	"errors"
	"fmt"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func at(line int) []parser.Range {
	p := parser.Position{Line: line}
	return []parser.Range{{Start: p, End: p}}
}

func TestErrors(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	for _, c := range []struct {
		name string
		add  []error
		want string
	}{
		{"none", []error{nil, nil}, "<nil>"},
		{"one", []error{nil, parser.WithLocation(first, at(3))}, "first"},
		{"several", []error{parser.WithLocation(first, at(3)), parser.WithLocation(second, at(1))}, "first\nline 1: second"},
		{"without a place", []error{first, second}, "first\nsecond"},
	} {
		var l List
		for _, err := range c.add {
			l.AddError(err)
		}
		if got := fmt.Sprint(l.Err()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Errors that went through another list stay what they were.
func TestErrorsOfAnotherList(t *testing.T) {
	cause := errors.New("cause")
	var inner, outer List
	inner.AddError(parser.WithLocation(cause, at(2)))
	inner.AddError(parser.WithLocation(errors.New("more"), at(4)))
	outer.AddError(fmt.Errorf("wrapped: %w", inner.Err()))
	all := outer.All()
	if len(all) != 2 || all[0].Line() != 2 || all[1].Line() != 4 {
		t.Errorf("%+v", all)
	}
	if !errors.Is(outer.Err(), cause) {
		t.Error("the cause cannot be reached")
	}
	outer.Merge(&inner)
	if n := len(outer.All()); n != 4 {
		t.Errorf("%d diagnostics after a merge", n)
	}
}

func TestWarnings(t *testing.T) {
	var l List
	lint := l.Linter(linter.Config{SkipRules: []string{"StageNameCasing"}})
	lint.Run(&linter.RuleStageNameCasing, at(1), "skipped")
	lint.Run(&linter.RuleUndefinedVar, at(2), "shown")
	l.AddError(errors.New("not a warning"))
	w := l.Warnings()
	if len(w) != 1 || w[0].Code != "UndefinedVar" || w[0].Message != "shown" || w[0].Line() != 2 || w[0].URL == "" {
		t.Errorf("%+v", w)
	}
}

func TestLine(t *testing.T) {
	for want, d := range map[int]Diagnostic{
		0: {},
		3: {Ranges: [][]parser.Range{nil, at(3), at(5)}},
		5: {Ranges: [][]parser.Range{at(5), at(3)}},
	} {
		if got := d.Line(); got != want {
			t.Errorf("%+v: line %d, want %d", d, got, want)
		}
	}
}
