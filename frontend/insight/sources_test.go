package insight

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

const commit = "0123456789012345678901234567890123456789"

// The helper mounts only sources whose files BuildKit fetches in every build.
func TestMountedContexts(t *testing.T) {
	b := build{dockerfile: `FROM busybox
COPY a /
COPY --from=docs / /docs
COPY --from=tools / /tools
COPY --from=image / /image
COPY --from=alpine / /alpine
ADD https://example.com/file /
ADD --checksum=sha256:` + strings.Repeat("0", 64) + ` https://example.com/pinned /
ADD https://example.com/repo.git#` + commit + ` /commit
ADD https://example.com/repo.git#main /branch
`, options: difftest.Options{NamedContexts: map[string]string{
		"docs": "local:docs", "tools": "https://example.com/tools.git", "image": "docker-image://busybox",
	}}}
	c := b.collection(t)
	var mounted []string
	for _, at := range slices.Sorted(maps.Keys(c.mounts)) {
		mounted = append(mounted, c.state.Contexts[at])
	}
	if want := []string{"context", "docs", "https://example.com/file"}; !slices.Equal(mounted, want) {
		t.Errorf("mounted are %q, not %q", mounted, want)
	}
}

// The key of a command has only the content of the filesystem on which it runs, if the
// last of the mounts of that filesystem is compared by its content.
func TestMountOfTheBase(t *testing.T) {
	const head = "FROM busybox AS twin\nCOPY a /dir/a\nFROM busybox AS base\nCOPY a /dir/a\nFROM base\n"
	for _, c := range []struct{ name, run, want string }{
		{"none", "RUN make", `
			6 runs after 4
			7 runs after 4`},
		{"read-only", "RUN --mount=from=base,source=/dir,target=/m make", `
			6 may-run after 4
			7 may-run after 4`},
		{"of all of it", "RUN --mount=from=base,target=/m,rw make", `
			6 may-run after 4
			7 may-run after 4`},
		{"of a part that is read last", "RUN --mount=from=base,target=/m,rw --mount=from=base,source=/dir,target=/n make", `
			6 may-run after 4
			7 may-run after 4`},
		{"of another stage with the same steps", "RUN --mount=from=twin,source=/dir,target=/m make", `
			6 may-run after 2
			7 may-run after 2`},
	} {
		before := build{
			dockerfile: head + c.run + "\nCOPY --from=busybox / /b\n", files: map[string]string{"a": "a\n"},
		}
		now := before
		now.files = map[string]string{"a": "b\n"}
		got := summary(now.compare(t, before))
		if want := unindent(c.want); !strings.Contains(got, want) {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// A step may run again if the content of its source is not known, and so may the
// steps after it.
func TestUnknownSources(t *testing.T) {
	before := build{dockerfile: `FROM busybox
COPY --link a /
ADD https://example.com/repo.git#main /branch
COPY --link a /b
RUN make
`, files: map[string]string{"a": "a\n"}}
	with := func(old, replacement string) build {
		return build{dockerfile: strings.Replace(before.dockerfile, old, replacement, 1), files: before.files}
	}
	pinned := with("#main", "#"+commit)
	branch := func(name string) build {
		b := build{dockerfile: "FROM busybox\n\nARG B\nADD https://example.com/repo.git#$B /branch\nRUN make\n"}
		b.options.BuildArgs = map[string]string{"B": name}
		return b
	}
	for _, c := range []struct {
		name        string
		now, before build
		want        string
	}{
		{"nothing else", before, before, `
			3 may-run
			5 may-run`},
		{"another instruction", with("make", "test"), before, `
			3 may-run
			5 runs: text
			cause 5: text -> 5`},
		{"another branch", with("#main", "#next"), before, `
			3 may-run: text
			5 may-run after 3
			cause 3: text -> 3 5`},
		{"another branch in the query", with("#main", "?branch=next"), with("#main", "?branch=main"), `
			3 may-run: text
			5 may-run after 3
			cause 3: text -> 3 5`},
		{"another branch from a variable", branch("next"), branch("main"), `
			4 may-run: variable B
			5 runs after 4
			cause 4: variable B -> 4 5`},
		{"the same commit", pinned, pinned, ""},
		{"a commit instead of a branch", pinned, before, `
			3 may-run: text
			5 may-run after 3
			cause 3: text -> 3 5`},
		{"a branch instead of a commit", before, pinned, `
			3 may-run: text
			5 may-run after 3
			cause 3: text -> 3 5`},
		{"another commit", with("#main", "#"+strings.Repeat("0", 40)), pinned, `
			3 may-run: text
			5 may-run after 3
			cause 3: text -> 3 5`},
	} {
		if got, want := summary(c.now.compare(t, c.before)), unindent(c.want); got != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// A named context is compared by the content that it has, or by the digest of its
// image, wherever it is used.
func TestNamedContexts(t *testing.T) {
	dockerfile := "FROM busybox AS base\nCOPY a /\nFROM busybox\nCOPY --from=lib a /\n"
	with := func(name, value string) build {
		b := build{dockerfile: dockerfile, files: map[string]string{"a": "a\n"}}
		if name != "" {
			b.options.NamedContexts = map[string]string{name: value}
		}
		return b
	}
	both := with("lib", "docker-image://busybox")
	both.dockerfile = strings.Replace(dockerfile, "FROM busybox\n", "FROM base\n", 1)
	replaced := both
	replaced.options.NamedContexts = map[string]string{"lib": "docker-image://busybox", "base": "docker-image://alpine"}
	platforms := with("lib", "docker-image://busybox@sha256:"+strings.Repeat("0", 64))
	platforms.options.Platforms = []string{"linux/amd64", "linux/arm64"}
	onePlatform := platforms
	onePlatform.options.Platforms = []string{"linux/amd64"}
	for _, c := range []struct {
		name        string
		now, before build
		want        string
	}{
		{"the same image", with("lib", "docker-image://busybox"), with("lib", "docker-image://busybox"), ""},
		{"another image", with("lib", "docker-image://alpine"), with("lib", "docker-image://busybox"), `
			4 may-run: context lib
			cause 4: context lib -> 4`},
		{"a folder instead of an image", with("lib", "local:lib"), with("lib", "docker-image://busybox"), `
			4 runs: context lib
			cause 4: context lib -> 4`},
		{"an image instead of a folder", with("lib", "docker-image://busybox"), with("lib", "local:lib"), `
			4 runs: context lib
			cause 4: context lib -> 4`},
		{"instead of a stage that another builds on", replaced, both, `
			4 runs: context base added
			cause 4: context base added -> 4`},
		{"no longer instead of a stage", both, replaced, `
			1 runs: step added
			2 runs after 1
			4 runs: context base removed after 1
			cause 1: step added -> 1 2 4
			cause 4: context base removed -> 4`},
		{"another platform", platforms, onePlatform, `
			arm64 3 runs: platform linux/arm64 added
			arm64 4 runs after 3
			cause 3: platform linux/arm64 added -> 3 4 on linux/arm64`},
	} {
		if got, want := summary(c.now.compare(t, c.before)), unindent(c.want); got != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// A report names a cache flag, not the value that the flag adds to the cache key.
func TestFreshness(t *testing.T) {
	now := build{id: "2", files: map[string]string{"a": "a\n"}, dockerfile: `FROM busybox
RUN --no-cache true
FROM busybox
COPY --no-cache a /
FROM busybox
ARG V
RUN --cache-key=$V make
COPY --from=0 / /
COPY --from=1 / /
`}
	before := now
	before.id = "1"
	now.options.BuildArgs = map[string]string{"V": "2"}
	want := unindent(`
		2 runs: freshness no-cache
		4 runs: freshness no-cache
		7 runs: freshness key, variable V
		8 runs after 2 7
		9 runs after 2 4 7
		cause 2: freshness no-cache -> 2 8 9
		cause 4: freshness no-cache -> 4 9
		cause 7: freshness key, variable V -> 7 8 9`)
	if got := summary(now.compare(t, before)); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
