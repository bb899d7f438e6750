package caching

import (
	"slices"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestArgEnvAndMetadata(t *testing.T) {
	d := scenario.Fresh(t)
	files := scenario.Files{"app.txt": "app\n"}
	p := project(t, 0, files)
	t.Run("ARG", func(t *testing.T) { argsCount(t, d, p) })
	t.Run("ENV", func(t *testing.T) { envCounts(t, d, p) })
	t.Run("cache bust", func(t *testing.T) { cacheBust(t, d) })
	t.Run("metadata", func(t *testing.T) { metadataRunsNothing(t, d, p) })
}

// argsCount builds with one argument at a time and compares with a build without
// arguments.
func argsCount(t *testing.T, d *scenario.Daemon, p *scenario.Project) {
	p.On(d).RanAll()
	for _, c := range []struct {
		name, arg, value string
		ran              []string
		want             scenario.Files
	}{
		{
			name: "what comes after it", arg: "VERSION", value: "2",
			ran:  []string{"> /tmp/version", "COPY --from=tools"},
			want: scenario.Files{"/tmp/version": "2 global", "/before": "before"},
		},
		{
			name: "a global one where it is declared again", arg: "GLOBAL", value: "changed",
			ran:  []string{"> /tmp/version", "COPY --from=tools"},
			want: scenario.Files{"/tmp/version": "1 changed"},
		},
		{
			name: "in another stage", arg: "TOOL", value: "saw",
			ran:  []string{"> /tool", "COPY --from=tools"},
			want: scenario.Files{"/tool": "saw"},
		},
		{
			name: "global and never declared again", arg: "UNUSED", value: "changed",
		},
		{
			name: "declared nowhere", arg: "OTHER", value: "changed",
		},
		{
			name: "the value that is the default", arg: "VERSION", value: "1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := p.With(t).On(d, arg(c.arg, c.value))
			r.Ran(c.ran...)
			r.Holds(c.want)
		})
	}
}

func envCounts(t *testing.T, d *scenario.Daemon, p *scenario.Project) {
	p = p.With(t)
	p.Edit("ENV MODE=fast", "ENV MODE=slow")
	p.On(d).Ran("> /tmp/version", "COPY --from=tools")
	p.Edit("ENV MODE=slow", "ENV MODE=fast")
	p.On(d).Ran()
}

func cacheBust(t *testing.T, d *scenario.Daemon) {
	p := project(t, 1, nil)
	p.On(d, arg("CACHEBUST", "1")).RanAll()
	p.On(d, arg("CACHEBUST", "1")).Ran()
	p.On(d, arg("CACHEBUST", "2")).Ran("RUN echo news")
	p.On(d, arg("CACHEBUST", "1")).Ran()
}

// metadataRunsNothing changes data that is only in the image's config.
func metadataRunsNothing(t *testing.T, d *scenario.Daemon, p *scenario.Project) {
	for _, c := range []struct{ old, new string }{
		{"LABEL kind=a", "LABEL kind=b"},
		{"EXPOSE 80", "EXPOSE 81"},
		{`CMD ["one"]`, `CMD ["two"]`},
		{`ENTRYPOINT ["/bin/sh"]`, `ENTRYPOINT ["/bin/ash"]`},
		{"STOPSIGNAL SIGINT", "STOPSIGNAL SIGQUIT"},
		{"VOLUME /data", "VOLUME /other"},
		{"HEALTHCHECK NONE", "HEALTHCHECK CMD true"},
		{"ONBUILD RUN true", "ONBUILD RUN false"},
	} {
		t.Run(c.new, func(t *testing.T) {
			p := p.With(t)
			before := p.On(d)
			p.Edit(c.old, c.new)
			after := p.On(d)
			after.Ran()
			if string(after.Image.ConfigJSON) == string(before.Image.ConfigJSON) {
				t.Errorf("the config has not changed: %s", after.Image.ConfigJSON)
			}
			if got, want := after.Image.Manifest.Layers, before.Image.Manifest.Layers; !slices.EqualFunc(got, want, sameLayer) {
				t.Errorf("the layers have changed: %v, %v", got, want)
			}
		})
	}
	r := p.On(d)
	cfg := r.Image.Config.Config
	if _, ok := cfg.ExposedPorts["81/tcp"]; !ok || len(cfg.ExposedPorts) != 1 || cfg.Labels["kind"] != "b" ||
		!slices.Equal(cfg.Cmd, []string{"two"}) || !slices.Equal(cfg.Entrypoint, []string{"/bin/ash"}) {
		t.Errorf("the config is not what the Dockerfile says: %s", r.Image.ConfigJSON)
	}
	p.Edit("USER 1", "USER 2")
	p.On(d).Ran("> /tmp/version", "COPY --from=tools")
}

func sameLayer(a, b ocispecs.Descriptor) bool { return a.Digest == b.Digest }
