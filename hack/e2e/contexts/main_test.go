// Package contexts builds from every kind of context that clients know, with
// BuildKit's own frontend and with Strata: the image has to be the same, and
// what the first has run the second must find in the cache.
package contexts

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "contexts", "busybox") }

// copyAll copies the context to /src, in steps that no other build has.
const copyAll = "FROM busybox\nARG CASE\nWORKDIR /case/$CASE\nWORKDIR /src\nCOPY . .\n"

type change = func(*buildrun.Build)

func reference(b *buildrun.Build) { b.Frontend = buildrun.Builtin }

// project is a folder whose builds share nothing with those of others.
func project(t *testing.T, files scenario.Files) *scenario.Project {
	t.Helper()
	p := scenario.New(t, files)
	p.Build.Args = map[string]string{"CASE": scenario.Unique()}
	p.Export = map[string]string{"source-date-epoch": "1700000000"}
	return p
}

// from builds from a remote context, and sends no folder.
func from(url string) change {
	return func(b *buildrun.Build) { b.Context = url }
}

func dockerfile(name string) change {
	return func(b *buildrun.Build) { b.Dockerfile = name }
}

func arg(name, value string) change {
	return func(b *buildrun.Build) {
		b.Args = maps.Clone(b.Args)
		b.Args[name] = value
	}
}

// option sets an option of the frontend as it is.
func option(name, value string) change {
	return func(b *buildrun.Build) {
		attrs := map[string]string{name: value}
		maps.Copy(attrs, b.Attrs)
		b.Attrs = attrs
	}
}

// same builds with the reference and then with Strata.
func same(t *testing.T, p *scenario.Project, changes ...change) *scenario.Result {
	t.Helper()
	d := scenario.Shared(t)
	want := p.On(d, append(slices.Clone(changes), reference)...)
	want.RanAll()
	got := p.On(d, changes...)
	got.Ran()
	sameResult(t, got, want)
	return got
}

// sameResult wants the same image, for every platform.
func sameResult(t *testing.T, got, want *scenario.Result) {
	t.Helper()
	got.SameImage(want)
	if got.Digest() != want.Digest() {
		t.Errorf("the export is %s, and was %s", got.Digest(), want.Digest())
	}
}

// sameError says that neither can build, and that Strata tells the reason as
// the reference does.
func sameError(t *testing.T, p *scenario.Project, reason string, changes ...change) {
	t.Helper()
	d := scenario.Shared(t)
	_, want := p.Try(d, append(slices.Clone(changes), reference)...)
	_, got := p.Try(d, changes...)
	for name, err := range map[string]error{"the reference": want, "Strata": got} {
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: the error is %v, without %q", name, err, reason)
		}
	}
}
