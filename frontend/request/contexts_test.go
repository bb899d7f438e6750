package request

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/stratabuild/strata/frontend/prefetch"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/source"
)

// ops dumps a state.
func ops(t *testing.T, st llb.State) string {
	t.Helper()
	def, err := st.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return difftest.Canonical(def.ToPB())
}

func TestMainContext(t *testing.T) {
	ignored := "*.o\n# comment\n!keep.o\n"
	for _, c := range []struct {
		name     string
		options  difftest.Options
		patterns []string
		holds    []string // of the ops, if only the path a is used
	}{
		{"a directory", difftest.Options{}, nil, []string{"source local://context", `local.followpaths: "[\"a\"]"`, `local.sharedkeyhint: "context"`}},
		{
			"with an ignore file",
			difftest.Options{Dockerignore: &ignored},
			[]string{"*.o", "!keep.o"},
			[]string{"source local://context", `local.excludepatterns: "[\"*.o\",\"!keep.o\"]"`, `local.followpaths: "[\"a\"]"`},
		},
		{"a repository", difftest.Options{Context: "https://github.com/org/repo.git#main:sub", Dockerignore: &ignored}, nil, []string{"source git://github.com/org/repo.git#main:sub"}},
	} {
		in := difftest.Case{Dockerfile: []byte("FROM scratch\n"), Options: c.options}
		if c.options.Dockerignore != nil {
			in.Dockerignore = []byte(*c.options.Dockerignore)
		}
		ui, err := dockerui.NewClient(difftest.NewGateway(in))
		if err != nil {
			t.Fatal(err)
		}
		main, err := Sources(t.Context(), ui, nil).Contexts.Main(t.Context())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(main.Ignore.Patterns, c.patterns) {
			t.Errorf("%s: patterns %q, want %q", c.name, main.Ignore.Patterns, c.patterns)
		}
		if err := main.Content.Limit(source.LocalOptions{llb.FollowPaths([]string{"a"})}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		dump := ops(t, main.Content.State)
		for _, want := range c.holds {
			if !strings.Contains(dump, want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, dump)
			}
		}
	}
}

// The ignore file is read once and early, and the client that read it returns
// its text.
func TestIgnoreFileIsReadOnce(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n"), Dockerignore: []byte("*.o\n")})
	client := prefetch.New(t.Context(), gw)
	defer client.Close()
	ui, err := dockerui.NewClient(client)
	if err != nil {
		t.Fatal(err)
	}
	contexts := Sources(t.Context(), ui, client.IgnoreFile).Contexts
	var main source.MainContext
	for range 3 {
		if main, err = contexts.Main(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := gw.Calls()["ReadFile .dockerignore"]; n != 1 {
		t.Errorf("the ignore file is read %d times", n)
	}
	if name, text := main.Ignore.Source(); name != ".dockerignore" || string(text) != "*.o\n" {
		t.Errorf("the ignore file is %s with %q", name, text)
	}
}

func TestNamedContexts(t *testing.T) {
	given := map[string]string{
		"base": "docker-image://busybox", "files": "local:dir", "base::linux/arm64": "docker-image://alpine", "bad": "nothing:x",
	}
	arm, s390x := difftest.Options{Platform: "linux/arm64"}, difftest.Options{Platform: "linux/s390x"}
	for _, c := range []struct {
		name     string
		contexts map[string]string
		platform difftest.Options
		want     string // of the ops, "none" or an error
		config   bool
	}{
		{"base", given, s390x, "source docker-image://docker.io/library/busybox:latest", true},
		{"base:latest", given, s390x, "source docker-image://docker.io/library/busybox:latest", true},
		{"docker.io/library/base", given, s390x, "source docker-image://docker.io/library/busybox:latest", true},
		{"base", given, arm, "source docker-image://docker.io/library/alpine:latest", true},
		{"files", given, arm, "source local://dir", false},
		{"other", given, arm, "none", false},
		{"bad", given, arm, "unsupported context source nothing for bad", false},
		{"Not/A/Name", given, arm, "invalid context name Not/A/Name: invalid reference format", false},
		{"base", nil, arm, "none", false},
		{"Not/A/Name", nil, arm, "invalid context name Not/A/Name: invalid reference format", false},
	} {
		ui, _ := uiOf(t, difftest.Options{NamedContexts: c.contexts})
		p := difftest.Case{Options: c.platform}.Platforms()[0]
		nc, err := Sources(t.Context(), ui, nil).Contexts.Named(c.name, source.ContextOptions{Platform: p})
		got, config := "none", false
		if nc != nil {
			content, img, failed := nc.Load(t.Context())
			if err = failed; err == nil {
				got, config = ops(t, content.State), img != nil
			}
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || config != c.config {
			t.Errorf("%s for %s: %s (config: %v), want %s", c.name, c.platform.Platform, got, config, c.want)
		}
	}
}

// The limits of a local directory are set after the conversion.
func TestLimitsOfANamedContext(t *testing.T) {
	ui, _ := uiOf(t, difftest.Options{NamedContexts: map[string]string{"files": "local:dir"}})
	nc, err := Sources(t.Context(), ui, nil).Contexts.Named("files", source.ContextOptions{})
	if err != nil || nc == nil {
		t.Fatalf("%v, %v", nc, err)
	}
	content, _, err := nc.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := content.Limit(source.LocalOptions{llb.FollowPaths([]string{"late"})}); err != nil {
		t.Fatal(err)
	}
	if dump := ops(t, content.State); !strings.Contains(dump, `local.followpaths: "[\"late\"]"`) {
		t.Errorf("the limits are not there:\n%s", dump)
	}
}
