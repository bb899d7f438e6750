package caching

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// readers replaces the placeholder hosts of the document by the workbench's hosts.
var readers hosts

type hosts struct{}

func (hosts) Replace(text string) string {
	return strings.ReplaceAll(text, "registry.example.com", scenario.Env().Registry())
}

// noCache is the client's --no-cache, or --no-cache-filter with stages.
func noCache(stages ...string) func(*buildrun.Build) {
	return attr("no-cache", strings.Join(stages, ","))
}

// attr is an option of the frontend as a client sends it.
func attr(name, value string) func(*buildrun.Build) {
	return func(b *buildrun.Build) {
		attrs := map[string]string{name: value}
		for k, v := range b.Attrs {
			attrs[k] = v
		}
		b.Attrs = attrs
	}
}

// target is the client's --target.
func target(stage string) func(*buildrun.Build) {
	return func(b *buildrun.Build) { b.Target = stage }
}

// arg is the client's --build-arg.
func arg(name, value string) func(*buildrun.Build) { return attr("build-arg:"+name, value) }

// touchAll gives every file and folder new times.
func touchAll(p *scenario.Project) {
	when := time.Now().Add(time.Hour)
	err := filepath.WalkDir(p.Dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, when, when)
	})
	if err != nil {
		panic(err)
	}
}

// tree lists the image's files.
func tree(r *scenario.Result) map[string]string {
	r.T.Helper()
	files := scenario.Tree(r.T, r.Unpack())
	return files
}

// shows checks that the build consists of exactly these steps.
func shows(r *scenario.Result, want ...string) {
	r.T.Helper()
	for _, problem := range scenario.Match("shown", want, slices.Concat(r.Report.Ran(), r.Cached())) {
		r.T.Errorf("%s\nthe build:\n%s", problem, r.Report)
	}
}
