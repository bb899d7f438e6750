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

// The start of the periods depends on the name of the base image, so another image can
// also be another period. The image is the reason.
func TestTTLOnAnotherImage(t *testing.T) {
	for hour := range 8 {
		before := build{dockerfile: "FROM busybox:1.36\n# strata=cache-ttl=8h\nRUN make\n", hour: hour}
		now := build{dockerfile: "FROM busybox:1.37\n# strata=cache-ttl=8h\nRUN make\n", hour: hour}
		want := "1 runs: text\n3 runs after 1\ncause 1: text -> 1 3\n"
		if got := summary(now.compare(t, before)); got != want {
			t.Errorf("at hour %d:\n%swant:\n%s", hour, got, want)
		}
		now.dockerfile = "FROM busybox:1.37\n# strata=cache-ttl=7h\nRUN make\n"
		want = "1 runs: text\n3 runs: text after 1\ncause 1: text -> 1 3\ncause 3: text -> 3\n"
		if got := summary(now.compare(t, before)); got != want {
			t.Errorf("with another TTL:\n%swant:\n%s", got, want)
		}
	}
}
