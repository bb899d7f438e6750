// Package sarif writes findings about a Dockerfile in SARIF 2.1.0, the format that
// code scanning reads.
//
// The specification is
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
package sarif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/fix"
)

// A Finding is a problem of a Dockerfile, with a fix if there is one.
type Finding struct {
	Problem diag.Diagnostic
	Fix     fix.Fix
}

const (
	version = "2.1.0"
	schema  = "https://json.schemastore.org/sarif-2.1.0.json"
	home    = "https://github.com/stratabuild/strata"
)

// errorRule is the rule of errors that fail the build.
const errorRule = "BuildError"

// Log writes the findings about a file.
func Log(filename string, text []byte, found []Finding) ([]byte, error) {
	w := writer{
		file:  artifact{URI: (&url.URL{Path: filename}).String()},
		text:  text,
		index: map[string]int{},
		seen:  map[string]int{},
		run: run{
			Tool:       tool{Driver: driver{Name: "Strata", InformationURI: home, Rules: []rule{}}},
			ColumnKind: "unicodeCodePoints",
			Results:    []result{},
		},
	}
	for _, f := range found {
		if err := w.add(f); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(log{Schema: schema, Version: version, Runs: []run{w.run}}, "", "  ")
}

// A writer writes a run of findings about one file.
type writer struct {
	file  artifact
	text  []byte
	run   run
	index map[string]int // by rule
	seen  map[string]int // the number of occurrences of each fingerprint
}

func (w *writer) add(f Finding) error {
	d := f.Problem
	r := result{
		RuleID:    code(d),
		Level:     level(d),
		Message:   message{d.Text()},
		Locations: []location{w.location(d, 0)},
	}
	r.RuleIndex = w.rule(d)
	for i := range d.Further {
		r.Related = append(r.Related, w.location(d, i+1))
	}
	r.Fingerprints = map[string]string{"line/v1": w.fingerprint(r)}
	if len(f.Fix.Edits) > 0 {
		fixed, err := w.fix(f.Fix)
		if err != nil {
			return err
		}
		r.Fixes = []resultFix{fixed}
	}
	w.run.Results = append(w.run.Results, r)
	return nil
}

func code(d diag.Diagnostic) string {
	if d.Severity == diag.Error {
		return errorRule
	}
	return d.Kind.Code
}

func level(d diag.Diagnostic) string {
	if d.Severity == diag.Error {
		return "error"
	}
	if _, ok := advice.Lookup(d.Kind.Code); ok {
		return "note"
	}
	return "warning"
}

// rule returns the index of a problem's rule.
func (w *writer) rule(d diag.Diagnostic) int {
	id := code(d)
	if i, ok := w.index[id]; ok {
		return i
	}
	r := rule{ID: id, Help: d.Kind.URL, Default: configuration{level(d)}}
	r.Short = message{d.Kind.Detail}
	if d.Kind.Detail == "" {
		r.Short = message{id}
	}
	w.index[id] = len(w.run.Tool.Driver.Rules)
	w.run.Tool.Driver.Rules = append(w.run.Tool.Driver.Rules, r)
	return w.index[id]
}

// location returns the i-th place of a problem, or the first line if the problem
// has no place.
func (w *writer) location(d diag.Diagnostic, i int) location {
	at := region{StartLine: 1, EndLine: 1}
	ranges := d.Range
	if i > 0 {
		ranges = d.Further[i-1]
	}
	if len(ranges) > 0 && d.File == nil {
		at = region{StartLine: max(1, ranges[0].Start.Line), EndLine: max(1, ranges[len(ranges)-1].End.Line)}
	}
	return location{physical{Artifact: w.file, Region: at}}
}

// fingerprint identifies a result by its rule and the text of its line. It stays
// the same when lines are added above.
func (w *writer) fingerprint(r result) string {
	lines := strings.Split(string(w.text), "\n")
	line := ""
	if n := r.Locations[0].Physical.Region.StartLine; n <= len(lines) {
		line = strings.TrimSpace(lines[n-1])
	}
	key := r.RuleID + "\n" + line
	w.seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", key, w.seen[key]))
	return hex.EncodeToString(sum[:16])
}

// fix returns the fix of a single finding.
func (w *writer) fix(f fix.Fix) (resultFix, error) {
	after, err := advice.Apply(w.text, f.Edits)
	if err != nil {
		return resultFix{}, err
	}
	change := artifactChange{Artifact: w.file}
	for _, c := range fix.Changes(w.text, after) {
		replaced := replacement{Deleted: region{
			StartLine: c.Range.Start.Line, StartColumn: c.Range.Start.Character + 1,
			EndLine: c.Range.End.Line, EndColumn: c.Range.End.Character + 1,
		}}
		if c.Text != "" {
			replaced.Inserted = &content{c.Text}
		}
		change.Replacements = append(change.Replacements, replaced)
	}
	return resultFix{Description: message{f.Text}, Changes: []artifactChange{change}}, nil
}
