package options

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

type change = scenario.Change

// effect is an option, with a value, and the place of its effect.
type effect struct {
	option string // as docs/options.md calls it
	name   string // distinguishes two effects of one option
	with   []change
	see    func(o *outcome) string
}

// theme is a project whose builds show the effects of several options.
type theme struct {
	name  string
	files scenario.Files
	// before returns the changes that the builds also need without the option. It
	// is called once.
	before  func(t *testing.T) []change
	effects []effect
}

// outcome is the result of a build.
type outcome struct {
	*buildrun.Report
	err    error
	config string            // of the image, without the parts that differ each time
	files  map[string]string // of the image
	logs   string
	layout string
}

// file returns the content of a file of the image.
func file(name string) func(*outcome) string {
	return func(o *outcome) string { return o.files[name] + o.failure() }
}

func config(o *outcome) string { return o.config + o.failure() }

func failure(o *outcome) string { return o.failure() }

func (o *outcome) failure() string {
	if o.err == nil {
		return ""
	}
	return o.err.Error()
}

// names returns the names of the files of the image.
func names(o *outcome) string {
	return strings.Join(slices.Sorted(maps.Keys(o.files)), "\n") + o.failure()
}

// try builds without the option, and then with it, with the reference and with
// Strata.
func (th theme) try(t *testing.T) {
	var before []change
	if th.before != nil {
		before = th.before(t)
	}
	without := th.build(t, append(slices.Clone(before), scenario.Reference)...)
	for _, e := range th.effects {
		t.Run(strings.TrimSuffix(e.option+" "+e.name, " "), func(t *testing.T) {
			t.Parallel()
			changes := slices.Concat(before, e.with)
			want, got := e.see(th.build(t, append(changes, scenario.Reference)...)), e.see(th.build(t, changes...))
			if nothing := e.see(without); want == nothing {
				t.Errorf("the option does nothing to the reference, which shows\n%s", nothing)
			}
			if got != want {
				t.Errorf("Strata shows\n%s\nand the reference\n%s", got, want)
			}
		})
	}
}

// build builds the project with steps that no other build has.
func (th theme) build(t *testing.T, changes ...change) *outcome {
	t.Helper()
	p := scenario.New(t, th.files)
	unique := scenario.Unique()
	p.Build.Args = map[string]string{"CASE": unique}
	p.Export = map[string]string{"source-date-epoch": "1700000000"}
	r, err := p.Image(scenario.Shared(t), changes...)
	o := &outcome{Report: r.Report, err: err, files: map[string]string{}, logs: r.Logs(), layout: r.Layout}
	if err != nil {
		return o
	}
	o.config = plain(t, r.Image.ConfigJSON, unique)
	root := r.Unpack()
	if err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(root, name))
		o.files["/"+name] = strings.ReplaceAll(string(raw), unique, "CASE")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return o
}

// plain returns an image config without the layers, whose files have times.
func plain(t *testing.T, raw []byte, unique string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "rootfs")
	text, err := json.MarshalIndent(fields, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), unique, "CASE")
}

// themes are all themes.
func themes() []theme { return slices.Concat(execThemes, sourceThemes, resultThemes, sbomThemes) }

// triedOptions are the options that the tests of this package try.
func triedOptions() []string {
	options := slices.Collect(maps.Keys(apart))
	for _, th := range themes() {
		for _, e := range th.effects {
			options = append(options, e.option)
		}
	}
	slices.Sort(options)
	return slices.Compact(options)
}

func TestOptions(t *testing.T) {
	for _, th := range themes() {
		t.Run(th.name, func(t *testing.T) {
			t.Parallel()
			th.try(t)
		})
	}
}
