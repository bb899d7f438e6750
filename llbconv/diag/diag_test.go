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
		var r Recorder
		for _, err := range c.add {
			r.Error(err)
		}
		if got := fmt.Sprint(r.List().Err()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Errors of another list are kept unchanged.
func TestErrorsOfAnotherList(t *testing.T) {
	cause := errors.New("cause")
	var inner, outer Recorder
	inner.Error(parser.WithLocation(cause, at(2)))
	inner.Error(parser.WithLocation(errors.New("more"), at(4)))
	outer.Error(fmt.Errorf("wrapped: %w", inner.List().Err()))
	all := outer.List()
	if len(all) != 2 || all[0].Line() != 2 || all[1].Line() != 4 {
		t.Errorf("%+v", all)
	}
	if !errors.Is(all.Err(), cause) {
		t.Error("the cause cannot be reached")
	}
}

// A hint is a field of the diagnostic, and appears in parentheses in its text.
func TestHint(t *testing.T) {
	for name, c := range map[string]struct {
		err           error
		message, hint string
	}{
		"none":        {errors.New("wrong"), "wrong", ""},
		"plain":       {WithHint(errors.New("wrong"), "write %s", "right"), "wrong", "write right"},
		"located":     {parser.WithLocation(WithHint(errors.New("wrong"), "write right"), at(1)), "wrong", "write right"},
		"wrapped":     {fmt.Errorf("here: %w", WithHint(errors.New("wrong"), "write right")), "here: wrong", "write right"},
		"text behind": {fmt.Errorf("%w, there", WithHint(errors.New("wrong"), "write right")), "wrong (write right), there", ""},
	} {
		d := FromError(c.err)[0]
		if d.Message != c.message || d.Hint != c.hint || d.Text() != c.err.Error() || d.Severity != Error {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if WithHint(nil, "x") != nil {
		t.Error("a hint makes an error of nothing")
	}
}

func TestWarnings(t *testing.T) {
	var r Recorder
	lint := r.Linter(&linter.Config{SkipRules: []string{"StageNameCasing"}})
	lint.Run(&linter.RuleStageNameCasing, at(1), "skipped")
	lint.Run(&linter.RuleUndefinedVar, at(2), "shown")
	r.Error(errors.New("not a warning"))
	r.Warn(lint, Diagnostic{Kind: Kind{Code: "StageNameCasing"}})
	r.Warn(r.Linter(nil), Diagnostic{Kind: Kind{Code: "Own"}}) // records nothing
	r.Warn(lint, Diagnostic{Kind: Kind{Code: "Own"}})
	w := r.List().Warnings()
	if len(w) != 2 || w[1].Kind.Code != "Own" || w[1].Kind.Rule || !w[0].Kind.Rule || w[0].Kind.Code != "UndefinedVar" || w[0].Message != "shown" || w[0].Line() != 2 || w[0].Kind.URL == "" {
		t.Errorf("%+v", w)
	}
}

func TestLine(t *testing.T) {
	for want, d := range map[int]Diagnostic{
		0: {},
		3: {Further: [][]parser.Range{nil, at(3), at(5)}},
		5: {Range: at(5), Further: [][]parser.Range{at(3)}},
	} {
		if got := d.Line(); got != want {
			t.Errorf("%+v: line %d, want %d", d, got, want)
		}
	}
}
