//go:build !race

// It starts no goroutines, and is slow under the race detector.

package insight

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// trees numbers the steps by all their dependencies: equal steps have the same
// number. Without the files of stages, the number ignores the parts that depend
// only on the content of other filesystems.
type trees map[string]int

func (t trees) number(tree string) int {
	if _, known := t[tree]; !known {
		t[tree] = len(t)
	}
	return t[tree]
}

func (t trees) of(st State, withFiles bool) []int {
	numbers, result := make([]int, len(st.Steps)), make([]int, len(st.Steps))
	for i, s := range st.Steps {
		tree := fmt.Sprint(withFiles, " ")
		for _, in := range s.Inputs {
			switch {
			case in.Kind == kindEnvironment, in.Kind == KindVariable && s.Keyword != "RUN":
			case in.Kind == KindBase && s.Keyword != "FROM" && !withFiles:
			case in.Kind == KindBase:
				tree += in.Value + ","
			default:
				tree += fmt.Sprint(in) + ","
			}
		}
		for _, r := range s.Reads {
			if r.Step < 0 {
				tree += "files " + r.Digest
			} else if withFiles {
				tree += fmt.Sprint("stage ", numbers[r.Step])
			}
		}
		linked := tree
		if s.Parent >= 0 {
			tree += fmt.Sprint(" on ", numbers[s.Parent])
		}
		numbers[i], result[i] = t.number(tree), t.number(tree)
		if s.Linked {
			result[i] = t.number(linked)
		}
	}
	return result
}

// states returns the states of the steps, by all that they depend on.
func (t trees) states(now State, earlier []Build) (states []StepState) {
	full, loose := map[int]bool{}, map[int]bool{}
	for _, b := range earlier {
		for _, n := range t.of(b.State, true) {
			full[n] = true
		}
		for _, n := range t.of(b.State, false) {
			loose[n] = true
		}
	}
	without := t.of(now, false)
	for i, n := range t.of(now, true) {
		switch {
		case full[n]:
			states = append(states, Cached)
		case loose[without[i]]:
			states = append(states, MayRun)
		default:
			states = append(states, Runs)
		}
	}
	return states
}

func statesOf(r Report) (states []StepState) {
	for _, s := range r.Steps {
		states = append(states, s.State)
	}
	return states
}

// The causes of a build are exactly the edits that count.
func TestRandomEdits(t *testing.T) {
	for seed := range uint64(500) {
		known := trees{}
		r := rand.New(rand.NewPCG(seed, 1))
		f := newRandomFile(r)
		edits := chooseEdits(f.edits(r)[:1+r.IntN(4)])
		s := stored{}
		before, now := history(s, f.fixture()), f.with(edits)
		state := now.state(s)
		report, _ := compare(state, before, s.look)
		want := map[string]bool{}
		for i, e := range edits {
			others := f.with(slices.Delete(slices.Clone(edits), i, i+1)).state(s)
			if known.runsAny(f.with([]edit{e}).state(s), before[0].State) && known.runsAny(state, others) {
				want[plain(e.want)] = true
			}
		}
		got := map[string]bool{}
		for _, c := range report.Causes {
			for _, reason := range c.Reasons {
				got[plain(reason)] = true
			}
		}
		if !maps.Equal(got, want) || !slices.Equal(statesOf(report), known.states(state, before)) {
			t.Fatalf("seed %d: causes %v, want %v\nstates want %v\nbefore:\n%s\nnow:\n%s\n%s", seed,
				slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)), known.states(state, before),
				f.fixture().dockerfile, now.dockerfile, summary(report))
		}
	}
}

// runsAny reports whether any step of a build is not in an earlier one.
func (t trees) runsAny(now, before State) bool {
	states := t.states(now, []Build{{State: before}})
	return slices.ContainsFunc(states, func(s StepState) bool { return s != Cached })
}

// plain is a reason without the details that an edit does not have.
func plain(r Reason) string {
	return fmt.Sprint(r.Kind, " ", r.Name, " ", r.Path, " ", r.Change)
}

// In many builds, each step that is not cached is explained.
func TestRandomHistory(t *testing.T) {
	for seed := range uint64(30) {
		known := trees{}
		r := rand.New(rand.NewPCG(seed, 2))
		first := newRandomFile(r)
		s := stored{}
		var earlier []Build
		var made []randomFile
		for n := range 12 {
			f := first.clone()
			if len(made) > 0 { // goes on from any earlier state
				f = pick(r, made...).clone()
			}
			for range r.IntN(3) {
				f.edits(r)[0].apply(&f)
			}
			made = append(made, f)
			state := f.fixture().state(s)
			report, unchanged := compare(state, earlier, s.look)
			if err := known.check(report, state, earlier, unchanged); err != nil {
				t.Fatalf("seed %d, build %d: %v\n%s\n%s", seed, n, err, f.fixture().dockerfile, summary(report))
			}
			earlier = append(earlier, Build{Time: hour(n), State: state})
		}
	}
}

func (t trees) check(r Report, now State, earlier []Build, unchanged bool) error {
	if want := t.states(now, earlier); !slices.Equal(statesOf(r), want) {
		return fmt.Errorf("states %v, want %v", statesOf(r), want)
	}
	same := slices.ContainsFunc(earlier, func(b Build) bool { return slices.Equal(t.of(b.State, true), t.of(now, true)) })
	if same != unchanged {
		return fmt.Errorf("unchanged %v, want %v", unchanged, same)
	}
	if len(earlier) == 0 {
		return nil
	}
	lines := map[int]bool{}
	for _, c := range r.Causes {
		lines[c.Line] = true
		if len(c.Reasons) == 0 || len(c.Steps) == 0 {
			return fmt.Errorf("an empty cause: %+v", c)
		}
	}
	for _, s := range r.Steps {
		if s.State == Cached {
			continue
		}
		unexplained := len(s.Reasons)+len(s.Follows) == 0
		unfinished := slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r.Change == Unfinished })
		if unexplained || unfinished || slices.ContainsFunc(s.Follows, func(line int) bool { return !lines[line] }) {
			return fmt.Errorf("line %d is not explained", s.Line)
		}
	}
	return nil
}
