package insight

import (
	"slices"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// A flag in a comment is part of the instruction, but not of its text. A TTL expires
// only if both builds have the same one.
func TestFreshnessLines(t *testing.T) {
	const text, expired, always = "the instruction changed", "--cache-ttl has expired", "--no-cache runs the step in every build"
	for _, c := range []struct{ before, now, ttl, want string }{
		{"RUN make", "# strata=cache-ttl=1w\nRUN make", "", text},
		{"# strata=cache-ttl=1w\nRUN make", "# strata=cache-ttl=1d\nRUN make", "", text},
		{"# strata=cache-ttl=1w\nRUN make", "RUN make", "", text},
		{"RUN make", "RUN --cache-ttl=1w make", "", text},
		{"# strata=cache-ttl=1ns\nRUN make", "# strata=cache-ttl=1ns\nRUN make", "", expired},
		{"ARG TTL=1w\nRUN --cache-ttl=$TTL make", "ARG TTL=1w\nRUN --cache-ttl=$TTL make", "1d", "$TTL changed"},
		{"RUN make", "# strata=no-cache\nRUN make", "", always},
		{"# strata=no-cache\nRUN make", "# strata=no-cache\nRUN make", "", always},
		{"# strata=no-cache\nRUN make", "RUN make", "", text},
		{"RUN --no-cache make", "RUN make", "", text},
		{"# strata=no-cache\nRUN make", "# strata=cache-ttl=1d\nRUN make", "", text},
		{"# strata=no-cache\nCOPY <<EOF /a\nEOF", "COPY <<EOF /a\nEOF", "", text},
		{"# strata=cache-key=1\nRUN make", "# strata=cache-key=2\nRUN make", "", "--cache-key changed"},
	} {
		before, now := build{dockerfile: "FROM busybox\n" + c.before + "\n"}, build{dockerfile: "FROM busybox\n" + c.now + "\n", id: "2"}
		now.hour = 1
		if c.ttl != "" {
			now.options = difftest.Options{BuildArgs: map[string]string{"TTL": c.ttl}}
		}
		var got []string
		for _, cause := range now.compare(t, before).Causes {
			got = append(got, describe(cause.Reasons, sentence, 3))
		}
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q, then %q: %q, want %q", c.before, c.now, got, c.want)
		}
	}
}
