package difftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/stratabuild/strata/llbconv/advice"
)

// Differences returns the differences between Strata's result for a case and the reference's, and the reasons of the
// intended differences.
func Differences(c Case, want, got Result) (diffs, intended []string) {
	cmp := comparison{in: c, text: caseText(c), want: want, got: got}
	cmp.run()
	slices.Sort(cmp.intended)
	return cmp.diffs, slices.Compact(cmp.intended)
}

// Intended lists the reasons of all intended differences.
func Intended() []string {
	reasons := []string{allErrors, beforeError, pinned, unchecked}
	for _, i := range intendedOutcomes {
		reasons = append(reasons, i.reason)
	}
	for _, i := range intendedPlaces {
		reasons = append(reasons, i.reason)
	}
	for _, i := range intendedMessages {
		reasons = append(reasons, i.reason)
	}
	for _, i := range intendedOthers {
		reasons = append(reasons, i.reason)
	}
	for _, reason := range intendedWarnings {
		reasons = append(reasons, reason)
	}
	for _, i := range intendedWarningTexts {
		reasons = append(reasons, i.reason)
	}
	for _, i := range intendedMetadata {
		reasons = append(reasons, i.reason)
	}
	return reasons
}

type comparison struct {
	in        Case
	text      string
	want, got Result
	diffs     []string
	intended  []string
}

// caseText is the text of a case that rules are matched with.
func caseText(c Case) string {
	given, _ := json.Marshal([]any{c.Options.frontendOpts(), c.Options.Images, c.Options.Inputs})
	return string(c.Dockerfile) + string(given)
}

func (c *comparison) differs(format string, args ...any) {
	c.diffs = append(c.diffs, fmt.Sprintf(format, args...))
}

func (c *comparison) means(reason string) { c.intended = append(c.intended, reason) }

func (c *comparison) run() {
	switch {
	case (c.want.Err == nil) != (c.got.Err == nil):
		c.outcome()
		return
	case c.want.Err != nil:
		if !c.errors() {
			return
		}
	default:
		c.operations()
	}
	c.warnings()
	c.diffs = append(c.diffs, Compare(c.want, c.got)...)
}

// outcome handles a case that only one of the two converts.
func (c *comparison) outcome() {
	for _, i := range intendedOutcomes {
		if i.are(c.in, c.want, c.got) {
			c.means(i.reason)
			return
		}
	}
	c.differs("error: want %v, got %v", c.want.Err, c.got.Err)
}

// warnings removes the warnings that the reference cannot have: Strata's own, and those after the error at which the
// reference stopped. It also removes those that Strata cannot have.
func (c *comparison) warnings() {
	c.want.Warnings = slices.DeleteFunc(slices.Clone(c.want.Warnings), func(w Warning) bool {
		isThere := slices.ContainsFunc(c.got.Warnings, func(o Warning) bool { return o.Message == w.Message })
		switch {
		case isThere:
			return false
		case defaultInOtherCase.MatchString(w.Message):
			c.means(anyCase)
			return true
		case c.want.Err != nil && w.Rule == "InvalidBaseImagePlatform":
			c.means(beforeError)
			return true
		}
		return false
	})
	c.got.Warnings = slices.DeleteFunc(slices.Clone(c.got.Warnings), func(w Warning) bool {
		if reason, own := intendedWarnings[w.Rule]; own {
			c.means(reason)
			return true
		}
		if isAdvice(w) {
			return true
		}
		return c.want.Err != nil && !slices.ContainsFunc(c.want.Warnings, func(o Warning) bool {
			return o.Rule == w.Rule && o.Message == w.Message && (len(o.Ranges) == 0 || reflect.DeepEqual(o.Ranges, w.Ranges))
		})
	})
	for i, w := range c.got.Warnings {
		c.got.Warnings[i] = c.asReference(w)
	}
}

// isAdvice reports whether a warning is one of Strata's checks of the cache, which a Dockerfile or a build arg with
// experimental=all turns on.
func isAdvice(w Warning) bool {
	return slices.ContainsFunc(advice.Checks(), func(c advice.Check) bool { return c.Name == w.Rule })
}

// asReference returns a warning in the reference's wording, if the difference is intended.
func (c *comparison) asReference(w Warning) Warning {
	same := func(o Warning) bool { return reflect.DeepEqual(o, w) }
	if slices.ContainsFunc(c.want.Warnings, same) {
		return w
	}
	for _, i := range intendedWarningTexts {
		if i.rule != w.Rule || i.when != nil && !i.when.MatchString(c.text) {
			continue
		}
		for _, o := range c.want.Warnings {
			placed := i.placed && len(o.Ranges) == 0 || !i.placed && reflect.DeepEqual(o.Ranges, w.Ranges)
			if o.Rule == w.Rule && placed && without(i.ignored, o.Message) == without(i.ignored, w.Message) {
				c.means(i.reason)
				return o
			}
		}
	}
	return w
}

// without returns a text without the parts that match a pattern.
func without(pattern *regexp.Regexp, text string) string {
	if pattern == nil {
		return text
	}
	return pattern.ReplaceAllString(text, "")
}

// operations compares the metadata, and removes operations whose difference is intended.
func (c *comparison) operations() {
	isUnchecked := func(w Warning) bool { return w.Rule == "ParentsUnchecked" }
	switch {
	case slices.EqualFunc(ops(c.want.Definition), ops(c.got.Definition), bytes.Equal):
		c.metadata()
		return
	case samePinned(c.want, c.got):
		c.means(pinned)
	case slices.ContainsFunc(c.got.Warnings, isUnchecked):
		c.means(unchecked)
	default:
		return
	}
	c.got.Definition, c.got.Scan = c.want.Definition, c.want.Scan
}

var pin = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// samePinned reports whether the graphs differ only in the digest of an image that the reference leaves out: an image
// in a stage that only an ONBUILD trigger of the base image needs. The reference looks up images before it knows the
// triggers.
func samePinned(want, got Result) bool {
	a, b := Canonical(want.Definition), Canonical(got.Definition)
	return len(pin.FindAllString(a, -1)) < len(pin.FindAllString(b, -1)) &&
		pin.ReplaceAllString(a, "") == pin.ReplaceAllString(b, "")
}

func (c *comparison) metadata() {
	for _, d := range CompareMetadata(c.want, c.got) {
		for _, i := range intendedMetadata {
			if !i.op.MatchString(d.Op) || i.when != nil && !i.when.MatchString(c.text) {
				continue
			}
			before := len(d.Want) + len(d.Got)
			if i.added != nil {
				d.Got = slices.DeleteFunc(d.Got, i.added.MatchString)
			} else {
				d = d.ignoring(i.ignored)
			}
			if len(d.Want)+len(d.Got) < before {
				c.means(i.reason)
			}
		}
		if len(d.Want)+len(d.Got) > 0 {
			c.differs("%s", d)
		}
	}
}

// ignoring removes the lines that are the same without the parts that match a pattern.
func (d MetadataDiff) ignoring(pattern *regexp.Regexp) MetadataDiff {
	bare := func(lines []string) []string {
		var out []string
		for _, line := range lines {
			out = append(out, without(pattern, line))
		}
		return out
	}
	a, b := bare(d.Want), bare(d.Got)
	differs := func(lines, bare, other []string) []string {
		var out []string
		for i, line := range lines {
			if !slices.Contains(other, bare[i]) {
				out = append(out, line)
			}
		}
		return out
	}
	return MetadataDiff{Op: d.Op, Want: differs(d.Want, a, b), Got: differs(d.Got, b, a)}
}
