//go:build !race

// The reference has data races: its stages share the list of the linter's rules.

package reference_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

// corpusDir is where the cases are.
const corpusDir = "../../../llbconv/testdata/corpus"

// rules are the rules of BuildKit's linter. Each must be violated by some case of the corpus.
var rules = []string{
	"ConsistentInstructionCasing", "CopyIgnoredFile", "DuplicateStageName", "ExposeInvalidFormat",
	"ExposeProtoCasing", "FromAsCasing", "FromPlatformFlagConstDisallowed", "InvalidBaseImagePlatform",
	"InvalidDefaultArgInFrom", "InvalidDefinitionDescription", "JSONArgsRecommended", "LegacyKeyValueFormat",
	"MaintainerDeprecated", "MultipleInstructionsDisallowed", "NoEmptyContinuation", "RedundantTargetPlatform",
	"ReservedStageName", "SecretsUsedInArgOrEnv", "StageNameCasing", "UndefinedArgInFrom", "UndefinedVar",
	"WorkdirRelativePath",
}

// TestReferenceIsStable converts every case twice with the reference. Only a stable result can be compared with.
func TestReferenceIsStable(t *testing.T) {
	cases, err := difftest.LoadCorpus(corpusDir)
	if err != nil {
		t.Fatal(err)
	}
	var good, bad int
	fired := map[string]int{}
	for _, c := range cases {
		if c.About == "" {
			t.Errorf("%s: no line says what the case is about", c.Name)
		}
		if fault := strings.HasPrefix(c.Name, "known-faults/"); fault != (c.Options.Differs != "") {
			t.Errorf("%s: cases that differ are the ones under known-faults", c.Name)
		}
		for _, p := range c.Platforms() {
			first := reference.Convert(t.Context(), c, p)
			second := reference.Convert(t.Context(), c, p)
			if diffs := difftest.Compare(first, second); len(diffs) > 0 && c.Options.Unstable == "" {
				t.Errorf("%s: two conversions differ:\n%s", c.Name, strings.Join(diffs, "\n"))
			}
			if first.Err != nil {
				bad++
			} else {
				good++
			}
			for _, w := range first.Warnings {
				fired[w.Rule]++
			}
		}
	}
	t.Logf("%d cases: %d conversions succeed, %d fail", len(cases), good, bad)
	for _, rule := range rules {
		t.Logf("%5d %s", fired[rule], rule)
		if fired[rule] == 0 {
			t.Errorf("no case makes %s fire", rule)
		}
	}
	for rule := range fired {
		if !slices.Contains(rules, rule) {
			t.Errorf("unknown rule %s", rule)
		}
	}
}
