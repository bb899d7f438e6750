package builders

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// feature is one or more instructions, and the files that they make.
type feature struct {
	name, steps string
	holds       scenario.Files
	// The differences of a daemon, by its name; see scene.
	lacks, refuses, warns map[string]string
}

// features are instructions, some of which are newer than some of the daemons.
var features = []feature{
	{name: "plain", steps: "COPY a /\nENV a b", holds: scenario.Files{"a": scenario.Anything}, warns: onAll("LegacyKeyValueFormat", olderEngine)},
	{name: "COPY --link", steps: "COPY --link sub/b /link", holds: scenario.Files{"link": "b"}},
	{name: "COPY --chmod", steps: "COPY --chmod=0711 a /octal\nRUN stat -c %a /octal > /mode", holds: scenario.Files{"mode": "711"}},
	{name: "here-documents", steps: "COPY <<EOF /here\nhere\nEOF\nRUN <<EOF\ncp /here /there\nEOF", holds: scenario.Files{"here": "here", "there": "here"}},
	{name: "ADD --unpack", steps: "ADD --unpack=false sub/b /unpacked/", holds: scenario.Files{"unpacked/b": "b"}},
	{name: "cache mount", steps: "RUN --mount=type=cache,target=/c echo c > /c/x && cp /c/x /cache", holds: scenario.Files{"cache": "c"}},
	{name: "bind mount", steps: "RUN --mount=type=bind,target=/m,rw cp /m/sub/b /bind && touch /m/new", holds: scenario.Files{"bind": "b"}},
	{name: "secret", steps: "RUN --mount=type=secret,id=s cp /run/secrets/s /secret", holds: scenario.Files{"secret": "hidden"}},
	{name: "device", steps: "RUN --device=vendor.com/none echo without > /device", holds: scenario.Files{"device": "without"}},
	{name: "ONBUILD", steps: "ONBUILD COPY --from=busybox /bin/sh /x"},
	{
		name: "COPY --exclude", steps: "COPY --exclude=*.md sub /exclude", holds: scenario.Files{"exclude/b": "b", "exclude/d.md": scenario.Absent},
		lacks: map[string]string{olderEngine: "file.copy.includeexcludepatterns"},
	},
	{
		name: "COPY --parents", steps: "COPY --parents sub/./deep/c /parents/", holds: scenario.Files{"parents/deep/c": "c"},
		warns: map[string]string{olderBuildKit: "ParentsUnchecked"},
		lacks: map[string]string{olderEngine: "file.copy.includeexcludepatterns"},
	},
	{
		name: "COPY --parents of a pattern", steps: "COPY --parents sub/*/c /pattern/", holds: scenario.Files{"pattern/sub/deep/c": "c"},
		lacks: map[string]string{olderEngine: "file.copy.includeexcludepatterns"},
	},
	{
		name: "symbolic permissions", steps: "COPY --chmod=u=rw,go= a /symbolic", holds: scenario.Files{"symbolic": scenario.Anything},
		lacks: onOlder("supports permissions as numbers only"),
	},
	{
		name: "secret in the environment", steps: "RUN --mount=type=secret,id=s,env=S echo $S > /env", holds: scenario.Files{"env": "hidden"},
		lacks: map[string]string{olderEngine: "exec.secretenv"},
	},
	{
		name: "size of a tmpfs", steps: "RUN --mount=type=tmpfs,target=/t,size=1m df -k /t | grep -o 1024 | head -n 1 > /size", holds: scenario.Files{"size": "1024"},
		lacks: map[string]string{olderEngine: "exec.mount.tmpfs.size"},
	},
	{
		name: "required device", steps: "RUN --device=vendor.com/none,required true",
		lacks: onOlder(`the device "vendor.com/none", which is required`),
		// The others support devices, but have none of this name.
		refuses: onAll("vendor.com/none", olderBuildKit, olderEngine),
	},
	{name: "insecure", steps: "RUN --security=insecure true", refuses: onAll("security.insecure is not allowed")},
}

// features builds all supported features together, and each unsupported one
// separately.
func (b builder) features(t *testing.T) {
	dockerfile, whole := "FROM busybox\n", build{secret: "hidden", more: memoryLimit, ran: all, holds: scenario.Files{}}
	for i, f := range features {
		if f.lacks[b.name] == "" && f.refuses[b.name] == "" {
			dockerfile += f.steps + "\n"
			maps.Copy(whole.holds, f.holds)
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			s := scene{dockerfile: "FROM busybox\n" + f.steps + "\n", builds: []build{{}}, lacks: f.lacks, refuses: f.refuses}
			b.play(t, s, i)
		})
	}
	t.Run("what it can", func(t *testing.T) {
		p := newProject(t, dockerfile)
		out, _ := b.local(t, b.buildx(), p, whole) // buildctl shows no warnings
		for _, f := range features {
			for _, rule := range f.warns {
				if warned := strings.Contains(out, rule+":"); warned != (f.warns[b.name] != "") {
					t.Errorf("warned of %s: %v\n%s", rule, warned, out)
				}
			}
		}
		whole.ran = nothing
		b.local(t, b.clients[0], p, whole)
	})
}

// memoryLimit is a limit for each step, which only buildctl can set.
var memoryLimit = flags{buildctl: []string{"--opt=memory=268435456"}}

func onOlder(text string) map[string]string {
	return map[string]string{olderBuildKit: text, olderEngine: text}
}

// onAll returns the same text for all daemons except some.
func onAll(text string, but ...string) map[string]string {
	on := map[string]string{}
	for _, row := range names {
		if !slices.Contains(but, row) {
			on[row] = text
		}
	}
	return on
}
