package caching

import (
	"strings"

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
