package builders

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// fresh has the flags of docs/freshness.md.
var fresh = []scene{
	{
		name: "always", dockerfile: `
FROM busybox AS work
COPY a /
RUN --no-cache --mount=type=cache,id={unique},target=/c echo run >> /c/runs; wc -l < /c/runs > /runs; echo same > /same
RUN echo after
FROM busybox
COPY --from=work /same /
COPY --no-cache a /copied
COPY --from=work /runs /
`,
		builds: []build{
			{ran: all, holds: scenario.Files{"runs": "1", "same": "same", "copied": scenario.Anything}},
			{ran: []string{"RUN --no-cache", "RUN echo after", "COPY --no-cache", "COPY --from=work /runs"}, holds: scenario.Files{"runs": "2"}},
			{noCache: true, args: map[string]string{"STRATA_CACHE_MOUNTS": "keep"}, ran: all, holds: scenario.Files{"runs": "3"}},
			{noCache: true, ran: all, holds: scenario.Files{"runs": "1"}},
		},
	},
	{
		name: "inputs", dockerfile: `
FROM busybox
ARG --explicit REVISION
COPY a /
RUN env | grep -c REVISION > /env || true
RUN --cache-ttl=1d date > /daily
RUN --cache-key=$REVISION echo keyed > /keyed
RUN --arg=REVISION echo $REVISION > /revision
`,
		builds: []build{
			{args: onDay(0, "1"), ran: all, holds: scenario.Files{"env": "0", "keyed": "keyed", "revision": "1"}},
			{args: onDay(0, "1"), ran: nothing},
			{args: onDay(0, "2"), ran: []string{"RUN --cache-key", "RUN --arg"}, holds: scenario.Files{"revision": "2"}},
			{args: onDay(1, "2"), ran: []string{"RUN --cache-ttl", "RUN --cache-key", "RUN --arg"}},
		},
	},
}

// onDay returns the arguments of a build on a day.
func onDay(day int, revision string) map[string]string {
	return map[string]string{"SOURCE_DATE_EPOCH": strconv.Itoa(1_700_000_000 + day*24*3600), "REVISION": revision}
}

// look prints everything that a command can see: files, mounts, the environment and
// the open files.
const look = `(find / -xdev | sort; ls -lA /run /dev /dev/pipes /run/secrets; cut -d" " -f2,3 /proc/mounts; cut -d" " -f4,5 /proc/self/mountinfo; env | sort; ls /proc/self/fd) 2>&1`

// changing matches the parts that always differ between containers.
var changing = regexp.MustCompile(`[A-Z][a-z]{2} [ 0-9]{2} +[0-9]{2}:?[0-9]{2}|[a-z0-9]{25}|TRACE_?PARENT=.*`)

// invisible runs the same command with and without the flags: its environment must
// be the same.
func (b builder) invisible(t *testing.T) {
	flags := []string{"", "--no-cache ", "--cache-ttl=1h ", "--cache-key=$KEY ", "--arg=NONE --cache-key=k --cache-ttl=2d "}
	dockerfile, last := "", "FROM scratch\n"
	for i, f := range flags {
		dockerfile += fmt.Sprintf("FROM busybox AS look%d\nARG --explicit KEY=value NONE\nCOPY a /\nRUN %s%s > /seen\n", i, f, look)
		last += fmt.Sprintf("COPY --from=look%d /seen /%d\n", i, i)
	}
	_, dest := b.local(t, b.buildx(), newProject(t, dockerfile+last), build{})
	var plain string
	for i, f := range flags {
		raw, err := os.ReadFile(filepath.Join(dest, strconv.Itoa(i)))
		must(t, err)
		seen := changing.ReplaceAllString(string(raw), "...")
		if i == 0 {
			plain = seen
		}
		if seen != plain || len(seen) < 1000 {
			t.Errorf("with %q a command sees\n%s\nand without\n%s", f, seen, plain)
		}
	}
}
