package frontend

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

func caseOf(dockerfile string, opts map[string]string) difftest.Case {
	return difftest.Case{Dockerfile: []byte(dockerfile), Options: difftest.Options{Opts: opts}}
}

// asking returns the case with a request.
func asking(c difftest.Case, request string) difftest.Case {
	opts := maps.Clone(c.Options.Opts)
	if opts == nil {
		opts = map[string]string{}
	}
	opts["requestid"] = request
	c.Options.Opts = opts
	return c
}

func ask(t *testing.T, c difftest.Case, request string) (*client.Result, error) {
	t.Helper()
	return Build(t.Context(), difftest.NewGateway(asking(c, request)))
}

// askReference asks the reference. It panics on some files when it lists their
// targets.
func askReference(t *testing.T, c difftest.Case) (res *client.Result, err error) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return reference.Build(t.Context(), difftest.NewGateway(c))
}

// TestRequestsLikeReference asks about every case of the corpus.
func TestRequestsLikeReference(t *testing.T) {
	cases, err := difftest.LoadCorpus("../llbconv/testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"frontend.outline", "frontend.targets", "frontend.lint", "frontend.convertllb"} {
		t.Run(request, func(t *testing.T) {
			for _, c := range cases {
				if c.Options.Differs == "" && c.Options.Unstable == "" {
					compareAnswers(t, c, request)
				}
			}
		})
	}
}

// compareAnswers asks the reference again if its answer differs, as the
// reference lists stages in random order.
func compareAnswers(t *testing.T, c difftest.Case, request string) {
	t.Helper()
	got, err := ask(t, c, request)
	if difftest.RaceEnabled {
		return // the reference races
	}
	var diffs []string
	for range 20 {
		want, wantErr := askReference(t, asking(c, request))
		if wantErr != nil || err != nil {
			checkFailures(t, c, err, wantErr)
			return
		}
		if buildFailed(got) { // Strata says more about errors, and finds more warnings before them
			if !buildFailed(want) {
				checkFailures(t, c, errBuildFailed, wantErr)
			}
			return
		}
		if diffs = answerDiffs(want, got); len(diffs) == 0 {
			return
		}
	}
	t.Errorf("%s: %s", c.Name, strings.Join(diffs, "\n"))
}

// checkFailures expects both to fail or none. Strata may answer where the
// reference panics, and need not describe what cannot be built.
func checkFailures(t *testing.T, c difftest.Case, err, wantErr error) {
	t.Helper()
	if err != nil && wantErr != nil || err == nil && strings.HasPrefix(wantErr.Error(), "panic") {
		return
	}
	if _, buildErr := askReference(t, c); buildErr == nil || err == nil {
		t.Errorf("%s: error %v, want %v", c.Name, err, wantErr)
	}
}

func answerDiffs(want, got *client.Result) []string {
	var diffs []string
	keys := append(slices.Collect(maps.Keys(want.Metadata)), slices.Collect(maps.Keys(got.Metadata))...)
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		a, b := answerText(key, want.Metadata[key]), answerText(key, got.Metadata[key])
		if a != b {
			diffs = append(diffs, key+"\n"+difftest.DiffText(a, b))
		}
	}
	return diffs
}

var errBuildFailed = errors.New("lint says that the build fails")

// buildFailed reports whether the answer to lint contains an error of the
// build.
func buildFailed(res *client.Result) bool {
	var answer struct {
		Error json.RawMessage `json:"buildError"`
	}
	return json.Unmarshal(res.Metadata["result.json"], &answer) == nil && len(answer.Error) > 0
}

// answerText returns an answer in a form that can be compared: the reference
// lists the inputs of one line in random order.
func answerText(key string, value []byte) string {
	if !strings.HasSuffix(key, ".json") {
		lines := strings.Fields(string(value))
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	var fields map[string]any
	if err := json.Unmarshal(value, &fields); err != nil {
		return err.Error()
	}
	delete(fields, "metadata") // the ids of progress groups are random
	delete(fields, "source")   // of LLB: the differential test compares positions
	for _, v := range fields {
		if list, ok := v.([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	text, _ := json.MarshalIndent(fields, "", " ")
	return string(text)
}

func TestDescribeListsEveryRequest(t *testing.T) {
	res, err := ask(t, caseOf("FROM scratch\n", nil), "frontend.subrequests.describe")
	if err != nil {
		t.Fatal(err)
	}
	var listed []subrequests.Request
	if err := json.Unmarshal(res.Metadata["result.json"], &listed); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range listed {
		names = append(names, r.Name)
		if r.Version == "" || r.Description == "" || !strings.Contains(string(res.Metadata["result.txt"]), r.Description) {
			t.Errorf("%s is not described", r.Name)
		}
	}
	slices.Sort(names)
	want := []string{"frontend.cache", "frontend.convertllb", "frontend.fix", "frontend.graph", "frontend.history", "frontend.lint", "frontend.lock", "frontend.lockcheck", "frontend.outline", "frontend.sarif", "frontend.subrequests.describe", "frontend.targets"}
	if !slices.Equal(names, want) {
		t.Errorf("described: %q, want %q", names, want)
	}
	for _, name := range names {
		if name == "frontend.cache" || name == "frontend.history" {
			continue // they need a daemon
		}
		if _, err := ask(t, caseOf("FROM scratch\n", nil), name); err != nil {
			t.Errorf("%s is described but fails: %v", name, err)
		}
	}
}

func TestUnknownRequest(t *testing.T) {
	c := caseOf("FROM scratch\n", nil)
	_, wantErr := askReference(t, asking(c, "frontend.nothing"))
	_, err := ask(t, c, "frontend.nothing")
	if err == nil || !strings.HasPrefix(err.Error(), wantErr.Error()) {
		t.Errorf("error %v, want one that starts like %v", err, wantErr)
	}
	for _, name := range []string{"outline", "targets", "lint", "convertllb", "cache", "graph", "fix", "sarif", "lock", "lockcheck", "subrequests.describe"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}
