package builders

import (
	"slices"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// scenes are further builds of the list.
var scenes = slices.Concat(common, plain, fresh)

// common are flags of a build.
var common = []scene{
	{
		name: "flags", dockerfile: `
FROM busybox AS one
ARG NAME=default
COPY a /
RUN echo $NAME > /name
FROM one AS two
RUN --mount=type=secret,id=s cp /run/secrets/s /secret 2>/dev/null || true
`,
		builds: []build{
			{file: "sub/Dockerfile.other", ran: all, holds: scenario.Files{"name": "default"}},
			{args: map[string]string{"NAME": "given"}, secret: "hidden", ran: []string{"RUN echo", "RUN --mount"}, holds: scenario.Files{"name": "given", "secret": "hidden"}},
			{noCache: true, target: "one", ran: all, holds: scenario.Files{"name": "default", "secret": scenario.Absent}},
		},
	},
	{
		name: "platforms", dockerfile: `
FROM --platform=$BUILDPLATFORM busybox AS work
ARG TARGETARCH
COPY a /
RUN echo $TARGETARCH > /made
FROM scratch
COPY --from=work /made /
`,
		builds: []build{{
			platforms: "linux/amd64,linux/arm64", ran: all,
			holds: scenario.Files{"linux_amd64/made": "amd64", "linux_arm64/made": "arm64"},
		}},
		refuses: map[string]string{olderEngine: `Multi-platform build is not supported for the docker driver|"linux/amd64,linux/arm64"`},
	},
	{
		name: "provenance", dockerfile: "FROM busybox\nCOPY a /\n",
		builds: []build{{
			more:  flags{[]string{"--provenance=mode=max"}, []string{"--opt=attest:provenance=mode=max"}},
			holds: scenario.Files{"provenance.json": scenario.Anything},
		}},
		refuses: map[string]string{olderEngine: `Attestation is not supported for the docker driver|unknown flag: --provenance`},
	},
}

// exchange empties the daemon's cache between two builds: the second one finds only
// the results that the first has exported.
var exchange = scene{
	dockerfile: "FROM busybox AS work\nCOPY a /\nRUN date > /date\nFROM busybox\nCOPY --from=work /date /\n",
	builds: []build{
		{more: both("--cache-to=", "--export-cache=", "type=registry,mode=max,ref={registry}/builders/cache:{unique}"), ran: all},
		{empty: true, more: both("--cache-from=", "--import-cache=", "type=registry,ref={registry}/builders/cache:{unique}"), ran: nothing, same: true},
	},
	refuses: map[string]string{olderEngine: `Cache export is not supported for the docker driver|unknown flag: --cache-to`},
}
