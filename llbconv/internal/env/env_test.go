package env

import (
	"fmt"
	"slices"
	"testing"

	"github.com/moby/buildkit/client/llb"
)

func TestList(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*List)
		want []string
	}{
		"as given":                {func(*List) {}, []string{"A=1", "B=2", "C="}},
		"a new one is the last":   {func(l *List) { l.Set("D", "4") }, []string{"A=1", "B=2", "C=", "D=4"}},
		"set again moves to end":  {func(l *List) { l.Set("A", "x") }, []string{"B=2", "C=", "A=x"}},
		"delete":                  {func(l *List) { l.Delete("B") }, []string{"A=1", "C="}},
		"delete what is not set":  {func(l *List) { l.Delete("X") }, []string{"A=1", "B=2", "C="}},
		"delete and set":          {func(l *List) { l.Delete("A"); l.Set("A", "2") }, []string{"B=2", "C=", "A=2"}},
		"a value holds an equals": {func(l *List) { l.Set(Split("E=a=b")) }, []string{"A=1", "B=2", "C=", "E=a=b"}},
	} {
		l := New([]string{"A=1", "B=2", "C"})
		before := slices.Clone(l.Pairs())
		clone := l.Clone()
		c.do(l)
		if !slices.Equal(l.Pairs(), c.want) {
			t.Errorf("%s: %q, want %q", name, l.Pairs(), c.want)
		}
		if !slices.Equal(clone.Pairs(), before) {
			t.Errorf("%s: the clone changed to %q", name, clone.Pairs())
		}
	}
}

// The order equals that of llb's own list, however often variables are set again.
func TestOrderIsThatOfLLB(t *testing.T) {
	st, list := llb.Scratch(), New(nil)
	for i := range 500 {
		key, value := fmt.Sprint("V", i*i%23), fmt.Sprint(i)
		st = st.AddEnv(key, value)
		list.Set(key, value)
	}
	want, err := st.Env(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := list.Pairs(); !slices.Equal(got, want.ToArray()) {
		t.Errorf("%q\nwant %q", got, want.ToArray())
	}
	if len(list.entries) > 2*len(list.index)+17 {
		t.Errorf("%d entries for %d variables", len(list.entries), len(list.index))
	}
}

func TestGet(t *testing.T) {
	l := New([]string{"A=1", "EMPTY="})
	for key, want := range map[string]string{"A": "1 true", "EMPTY": " true", "a": " false", "": " false"} {
		value, ok := l.Get(key)
		if got := fmt.Sprint(value, " ", ok); got != want {
			t.Errorf("Get(%q) is %q, want %q", key, got, want)
		}
	}
	if got := l.Sorted(); !slices.Equal(got, []string{"A", "EMPTY"}) {
		t.Errorf("names: %q", got)
	}
}
