package llbconv_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// patternsOf returns the patterns of a Dockerfile whose build args have these values.
func patternsOf(t *testing.T, dockerfile string) []*regexp.Regexp {
	t.Helper()
	file, diags := llbconv.Parse([]byte(dockerfile), nil)
	if diags.Failed() {
		t.Fatal(diags.Err())
	}
	gw := difftest.NewGateway(difftest.Case{Options: difftest.Options{Images: map[string]difftest.Image{
		"onbuild": {Config: []byte(`{"config":{"OnBuild":["ARG V","ADD https://example.com/onbuild-$V /"]}}`)},
		"*":       {},
	}}})
	args := map[string]string{"V": "1", "R": "", "REPO": "r.git", "URL": "https://example.com/"}
	result, diags := llbconv.Convert(t.Context(), file, llbconv.Sources{Images: gw}, llbconv.Options{BuildArgs: args})
	if diags.Failed() {
		t.Fatalf("%s: %v", dockerfile, diags.Err())
	}
	return result.OtherSources()
}

func matches(patterns []*regexp.Regexp, identifier string) bool {
	return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(identifier) })
}

// A name with variables stands for the sources that it can expand to, in each of the
// forms that a Dockerfile can name them.
func TestOtherSources(t *testing.T) {
	const args, scratch = "ARG V\nARG R\nARG W\n", "FROM scratch\nARG V\nARG R\nARG REPO\nARG URL\nADD "
	for identifier, names := range map[string][]string{
		"docker-image://docker.io/library/python:3.12": {
			"python:$V", `"python:$V"`, `'python:'$V`, "python:${V:-${W:-3.11}}", "docker.io/python:$V", "docker.io/library/python:$V",
			"index.docker.io/library/python:$V", "library/python:$V", "${R}python:3.12", "${R:+${R}/}python:3.12", "python:$V.12", `py\thon:$V`,
			"${R:-python:3.11}$V", "python${R:+:$R}",
		},
		"docker-image://docker.io/library/python:latest": {"python$R", "${R}python", "pyth${R}on"},
		"docker-image://docker.io/team/app:1":            {"team/app:$V", "docker.io/team/app:$V", "${R}team/app:$V"},
		"docker-image://a.io:5000/python:3":              {"a.io:5000/python:$V", "a.io:${V}/python:3", "${R:+$R/}python:3"},
		"https://example.com/v1.2/a.tgz":                 {"https://example.com/v${V}/a.tgz", "$URL", "${URL}v1.2/a.tgz", `"https://example.com/v${V}/a.tgz"`, "https://$V.com/v1.2/a.tgz"},
		"git://example.com/o/r.git#v1":                   {"https://example.com/o/r.git#$V", "ssh://git@example.com/o/r.git#$V", "git@example.com:o/r.git#$V", "https://user@example.com/o/r.git#$V", "https://example.com/o/r.git?ref=$V", "https://example.com/o/${REPO}", "${URL}o/r.git#$V", "$URL"},
		"git://example.com/o/r.git":                      {"https://example.com/o/r.git#$V"},
		"git://example.com/o/r.git#refs/tags/v1":         {"https://example.com/o/r.git?tag=$V"},
		"git://example.com/o/r.git#refs/heads/v1":        {"https://example.com/o/r.git?branch=$V"},
		"git://example.com/o/r.git#v1:sub":               {"https://example.com/o/r.git#$V:sub", "https://example.com/o/r.git?ref=$V&subdir=sub"},
	} {
		for _, name := range names {
			dockerfile := scratch + name + " /a/\n"
			if identifier[0] == 'd' {
				dockerfile = args + "FROM " + name + "\n"
			}
			if !matches(patternsOf(t, dockerfile), identifier) {
				t.Errorf("%s does not stand for %s", name, identifier)
			}
		}
		other := args + "FROM python:3.$V-slim\nFROM alpine:$V\nFROM python:3.12\nFROM onbuild\nARG V\nADD https://example.com/w${V} https://other.com/r.git#$V a-$V /\n"
		if matches(patternsOf(t, other), identifier) {
			t.Errorf("another name stands for %s", identifier)
		}
	}
}

// FROM names images, and ADD names other sources. Triggers name sources too.
func TestOtherSourcesOfKinds(t *testing.T) {
	for dockerfile, want := range map[string][]string{
		"ARG V\nFROM a$V\n":                   {"docker-image://docker.io/library/a1:latest"},
		"ARG V=x\nFROM $V\n":                  {"docker-image://docker.io/library/a1:latest", "docker-image://docker.io/library/b:1"},
		"FROM scratch\nARG URL\nADD $URL /\n": {"https://example.com/f1", "https://example.com/onbuild-2", "git://example.com/r.git#main"},
		"FROM scratch\nARG V\nADD file$V /\n": nil,
		"FROM onbuild\n":                      {"https://example.com/onbuild-2"},
		"FROM scratch AS a\nONBUILD ARG V\nONBUILD ADD https://example.com/f$V /\nFROM a\n": {"https://example.com/f1"},
		"FROM scratch\nADD 'https://example.com/f$V' \"https://example.com/\\$V\" /\n":      nil,
	} {
		patterns := patternsOf(t, dockerfile)
		for _, identifier := range []string{
			"docker-image://docker.io/library/a1:latest", "docker-image://docker.io/library/b:1",
			"https://example.com/f1", "https://example.com/onbuild-2", "git://example.com/r.git#main",
		} {
			if got := matches(patterns, identifier); got != slices.Contains(want, identifier) {
				t.Errorf("%s stands for %s: %v", dockerfile, identifier, got)
			}
		}
	}
}
