package freshness

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/hack/buildrun"
)

// look prints everything that a command can see: every file except those of the
// kernel, the mounts without the parts that differ between containers, the
// environment and the open files.
const look = `find / -xdev | sort; ls -lA /run /dev /dev/pipes /run/secrets 2>&1 | grep -v total; ` +
	`cut -d" " -f2,3 /proc/mounts; cut -d" " -f4,5 /proc/self/mountinfo; env | sort; tr "\\0" "\\n" </proc/self/environ; ls /proc/self/fd`

// variants are the ways to write the same step. The first has no flag.
var variants = []string{
	"RUN ",
	"RUN --no-cache ",
	"RUN --cache-ttl=1h ",
	"RUN --cache-key=$KEY ",
	"RUN --arg=NONE --cache-key=k --cache-ttl=2d ",
}

// TestInvisible runs the same command with and without the flags, with and without
// secrets of the client. The environment of the command and the image must be the
// same.
func TestInvisible(t *testing.T) {
	secrets := map[string]map[string][]byte{"no secrets": nil, "secrets": {"other": []byte("x")}}
	for name, secret := range secrets {
		t.Run(name, func(t *testing.T) {
			mount := ""
			if secret != nil {
				mount = "--mount=type=secret,id=other "
			}
			var wantLog string
			var want []digest.Digest
			p := newProject(t, "")
			for _, v := range variants {
				p.write("Dockerfile", "FROM busybox\nARG --explicit KEY=value\nARG --explicit NONE\nCOPY token /\n"+v+mount+look+"; echo made >/made\n")
				rep, img := p.imageWith(buildrun.Build{Secrets: secret}, nil)
				steps := rep.Instructions()
				log := clean(steps[len(steps)-1].Logs)
				if v == variants[0] {
					wantLog, want = log, img.Config.RootFS.DiffIDs
					if len(strings.Split(log, "\n")) < 100 {
						t.Fatalf("this is not all there is to see:\n%s", log)
					}
					continue
				}
				if log != wantLog {
					t.Errorf("%s sees something else:\n%s", v, difference(wantLog, log))
				}
				if !slices.Equal(img.Config.RootFS.DiffIDs, want) {
					t.Errorf("%s gives other layers: %v, not %v", v, img.Config.RootFS.DiffIDs, want)
				}
			}
		})
	}
}

// changing matches the parts that always differ between containers: times of files,
// random ids in the sources of mounts, the trace.
var changing = regexp.MustCompile(`[A-Z][a-z]{2} [ 0-9]{2} +[0-9]{2}:?[0-9]{2}|[a-z0-9]{25}|TRACEPARENT=.*`)

func clean(log string) string { return changing.ReplaceAllString(log, "...") }

// difference shows the lines that only one of two texts has.
func difference(a, b string) string {
	var out strings.Builder
	for _, side := range []struct{ mark, has, lacks string }{{"-", a, b}, {"+", b, a}} {
		other := strings.Split(side.lacks, "\n")
		for line := range strings.Lines(side.has) {
			if !slices.Contains(other, strings.TrimSuffix(line, "\n")) {
				out.WriteString(side.mark + line)
			}
		}
	}
	return out.String()
}

// TestNamesAndHistory checks that names and history have the flags as written.
func TestNamesAndHistory(t *testing.T) {
	p := newProject(t, `
FROM busybox
ARG --explicit KEY=value
ARG --explicit SHA=abc
COPY --no-cache token /
ADD --no-cache token /two
RUN --cache-ttl=12h --cache-key="$KEY of it" echo hello
RUN --no-cache --arg=SHA ["true"]
`)
	rep, img := p.image(nil)
	for _, name := range []string{
		"COPY --no-cache token /",
		"ADD --no-cache token /two",
		`RUN --cache-ttl=12h --cache-key="$KEY of it" echo hello`,
		`RUN --no-cache --arg=SHA ["true"]`,
	} {
		found := slices.ContainsFunc(rep.Instructions(), func(s *buildrun.Step) bool { return s.Instruction() == name })
		if !found {
			t.Errorf("no step %q:\n%s", name, rep)
		}
	}
	var lines []string
	for _, h := range img.Config.History {
		lines = append(lines, h.CreatedBy)
	}
	want := []string{
		"ARG --explicit KEY=value",
		"ARG --explicit SHA=abc",
		"COPY --no-cache token / # buildkit",
		"ADD --no-cache token /two # buildkit",
		`RUN --cache-ttl=12h --cache-key="$KEY of it" /bin/sh -c echo hello # buildkit`,
		"RUN --no-cache --arg=SHA |1 SHA=abc true # buildkit",
	}
	if got := lines[len(lines)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("history:\n%s", strings.Join(got, "\n"))
	}
}

// TestCopyInvisible copies with and without the flag, over existing files and to
// new paths. The layers must be the same.
func TestCopyInvisible(t *testing.T) {
	for _, base := range []string{"busybox", "scratch"} {
		for _, step := range []string{"COPY %stoken /dir/", "ADD %stoken /token", "COPY --link %stoken /", "COPY --chown=1:2 %s<<EOF /inline\ntext\nEOF"} {
			p := newProject(t, "")
			var layers [][]digest.Digest
			for _, flag := range []string{"", "--no-cache "} {
				p.write("Dockerfile", "FROM "+base+"\n"+fmt.Sprintf(step, flag)+"\n")
				_, img := p.image(nil)
				layers = append(layers, img.Config.RootFS.DiffIDs)
			}
			if !slices.Equal(layers[0], layers[1]) {
				t.Errorf("%s on %s: layers %v", step, base, layers)
			}
		}
	}
}
