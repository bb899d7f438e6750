package llbconv_test

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// TestFreshnessErrors has one error on line 4 of each case, and checks its line and
// hint.
func TestFreshnessErrors(t *testing.T) {
	const hintTwice = "(give each flag once, as in --cache-ttl=12h or --arg=A,B)"
	const hintAlone = "(write --no-cache without a value, or remove it: variables are not expanded)"
	for line, want := range map[string]string{
		"RUN --cache-ttl=0s make":                 "--cache-ttl=0s has to be more than zero (--no-cache runs a step in every build)",
		"RUN --cache-ttl=-1h make":                "--cache-ttl=-1h has to be more than zero (--no-cache runs a step in every build)",
		"RUN --cache-ttl=soon make":               "--cache-ttl=soon is not a duration (write it like 90m, 12h, 7d or 2w)",
		"RUN --cache-ttl= make":                   "--cache-ttl= is not a duration (write it like 90m, 12h, 7d or 2w)",
		"RUN --cache-ttl make":                    "missing a value on flag: --cache-ttl (write --cache-ttl=12h)",
		"RUN --cache-key make":                    "missing a value on flag: --cache-key (write --cache-key=VALUE)",
		"RUN --arg make":                          "missing a value on flag: --arg (write --arg=NAME)",
		"RUN --no-cache= make":                    "missing a value on flag: --no-cache " + hintAlone,
		"RUN --no-cache=$X make":                  "expecting boolean value for flag --no-cache, not: $X " + hintAlone,
		"RUN --no-cache=--arg, make":              "expecting boolean value for flag --no-cache, not: --arg, " + hintAlone,
		"ARG --explicit=maybe A":                  "expecting boolean value for flag --explicit, not: maybe (write --explicit without a value, or remove it: variables are not expanded)",
		"ONBUILD COPY --no-cache=1 a b":           "expecting boolean value for flag --no-cache, not: 1 " + hintAlone,
		"RUN --no-cache=é make":                   "--no-cache: a flag can hold only ASCII characters (write it as a comment above the instruction: # strata=no-cache)",
		"RUN --cache-ttl=$TTL make":               "--cache-ttl=-5m has to be more than zero (--no-cache runs a step in every build)",
		"RUN --cache-ttl=$UNSET make":             "--cache-ttl= is not a duration (write it like 90m, 12h, 7d or 2w)",
		"RUN --cache-ttl=${TTL make":              `failed to process "${`,
		"RUN --cache-key=${SHA make":              `failed to process "${`,
		"RUN --no-cache --no-cache make":          "duplicate flag specified: --no-cache " + hintTwice,
		"RUN --cache-ttl=1h --cache-ttl=2h make":  "duplicate flag specified: --cache-ttl " + hintTwice,
		"RUN --cache-key=1 --cache-key=2 make":    "duplicate flag specified: --cache-key " + hintTwice,
		"RUN --arg=SHA --arg=TTL make":            "duplicate flag specified: --arg " + hintTwice,
		"ARG --explicit --explicit X":             "duplicate flag specified: --explicit " + hintTwice,
		"COPY --no-cache --no-cache a b":          "duplicate flag specified: --no-cache " + hintTwice,
		"RUN --no-cache=perhaps make":             "expecting boolean value for flag --no-cache, not: perhaps",
		"RUN --no-cache --cache-ttl=1h make":      "--no-cache and --cache-ttl exclude each other (",
		"RUN --cache-ttl=$TTL --no-cache make":    "--no-cache and --cache-ttl exclude each other (",
		"RUN --explicit make":                     "RUN does not take --explicit (it is a flag of ARG)",
		"COPY --cache-ttl=1h a b":                 "COPY does not take --cache-ttl (it is a flag of RUN)",
		"ADD --cache-key=1 a b":                   "ADD does not take --cache-key (it is a flag of RUN)",
		"copy --arg=SHA a b":                      "COPY does not take --arg (it is a flag of RUN)",
		"ARG --no-cache X":                        "ARG does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"WORKDIR --no-cache /x":                   "WORKDIR does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"FROM --no-cache busybox":                 "FROM does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"ENV --explicit A=1":                      "ENV does not take --explicit (it is a flag of ARG)",
		"CMD --no-cache make":                     "CMD does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"HEALTHCHECK --no-cache CMD make":         "HEALTHCHECK does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"ONBUILD --no-cache RUN make":             "ONBUILD does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"ONBUILD RUN --cache-ttl=0 make":          "--cache-ttl=0 has to be more than zero (--no-cache runs a step in every build)",
		"ONBUILD WORKDIR --cache-key=1 /x":        "WORKDIR does not take --cache-key (it is a flag of RUN)",
		"RUN --arg=SAH make":                      `--arg=SAH: the stage declares no such ARG before this step (did you mean SHA?)`,
		"RUN --arg=SHA,TLL make":                  `--arg=TLL: the stage declares no such ARG before this step (did you mean TTL?)`,
		"RUN --arg=GLOBAL make":                   "--arg=GLOBAL: the stage declares no such ARG before this step (write ARG --explicit GLOBAL above it)",
		"RUN --arg=sha make":                      "--arg=sha: the stage declares no such ARG before this step (",
		"RUN --arg= make":                         "--arg=: a name is missing (write --arg=NAME or --arg=NAME,NAME)",
		"RUN --arg=SHA, make":                     "--arg=SHA,: a name is missing (write --arg=NAME or --arg=NAME,NAME)",
		"RUN --cache-key=日本 make":                 "--cache-key: a flag can hold only ASCII characters (write it as a comment above the instruction: # strata=cache-key=VALUE)",
		"RUN --cache-key=Россия --no-cache make":  "--cache-key: a flag can hold only ASCII characters",
		"RUN --cache-key=\"a\u00a0b\" make":       "--cache-key: a flag can hold only ASCII characters",
		"RUN --cache-key=a\u0085b make":           "--cache-key: a flag can hold only ASCII characters",
		"RUN --cache-key=\u2003 make":             "--cache-key: a flag can hold only ASCII characters",
		"RUN --cache-key=a\xa0b make":             "--cache-key: a flag can hold only ASCII characters",
		"RUN --network=Р--cache-key=a日 make":      "--cache-key: a flag can hold only ASCII characters",
		"ONBUILD RUN --cache-key=日本 make":         "--cache-key: a flag can hold only ASCII characters",
		"RUN --nocache make":                      "unknown flag: --nocache (did you mean no-cache?)",
		"RUN --cache-tll=1h make":                 `unknown flag: --cache-tll (did you mean cache-ttl?)`,
		"ARG --explict X":                         `unknown flag: --explict (did you mean explicit?)`,
		"RUN --cache-ttl=0s <<EOF\nmake\nEOF":     "--cache-ttl=0s has to be more than zero",
		"RUN \\\n  --network=none --arg=SAH make": `--arg=SAH: the stage declares no such ARG`,
	} {
		f := fresh{dockerfile: "ARG --explicit GLOBAL=1\nFROM busybox\nARG --explicit TTL=-5m SHA\n" + line + "\nRUN other\n"}
		_, diags := f.convert(t)
		expectOnly(t, line, diags, 4, want)
	}
}

func expectOnly(t *testing.T, name string, diags diag.List, line int, want string) {
	t.Helper()
	var errs []diag.Diagnostic
	for _, d := range diags {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	if len(errs) != 1 {
		t.Errorf("%s: %d errors: %v", name, len(errs), diags.Err())
		return
	}
	if !strings.Contains(errs[0].Text(), want) || errs[0].Line() != line {
		t.Errorf("%s:\n got line %d: %s\nwant line %d: %s", name, errs[0].Line(), errs[0].Text(), line, want)
	}
}

// TestFreshnessErrorsTogether checks that all errors of a file are reported
// together.
func TestFreshnessErrorsTogether(t *testing.T) {
	f := fresh{dockerfile: "FROM busybox\nRUN --cache-ttl=0 a\nRUN --no-cache --no-cache b\nENV --explicit A=1\nRUN c\n"}
	_, diags := f.convert(t)
	var lines []int
	for _, d := range diags {
		lines = append(lines, d.Line())
	}
	if len(lines) != 3 || lines[0] != 2 || lines[1] != 3 || lines[2] != 4 {
		t.Errorf("errors on lines %v: %v", lines, diags.Err())
	}
}

// A daemon without secret mounts cannot run a step with a cache flag.
func TestFreshnessOnOldDaemon(t *testing.T) {
	old := difftest.Options{Caps: []string{"exec.mount.secret"}}
	f := fresh{dockerfile: "FROM busybox\nRUN --no-cache make\n", options: old}
	_, diags := f.convert(t)
	expectOnly(t, "flag", diags, 2, "this BuildKit cannot run a step with --no-cache: it has no secret mounts (use BuildKit 0.8,")

	f = fresh{dockerfile: "FROM busybox\n# strata=cache-ttl=1w;cache-key=a\nRUN make\n", options: old}
	_, diags = f.convert(t)
	expectOnly(t, "comment", diags, 3, "this BuildKit cannot run a step with --cache-ttl=1w --cache-key=a: it has no secret mounts")

	old.NoCache = []string{}
	f = fresh{dockerfile: "FROM busybox\nRUN --mount=type=cache,target=/c make\n", options: old, keep: true}
	_, diags = f.convert(t)
	expectOnly(t, "keep", diags, 2, "this BuildKit cannot run a step with STRATA_CACHE_MOUNTS=keep: it has no secret mounts")

	f = fresh{dockerfile: "FROM busybox\nARG --explicit A=1\nRUN --arg=A make\nCOPY --no-cache a b\n", options: difftest.Options{Caps: old.Caps}}
	f.build(t)
}

// The options that the flags depend on are required: a constant default would keep
// a step cached that should run.
func TestFreshnessNeedsOptions(t *testing.T) {
	for step, want := range map[string]string{
		"RUN --no-cache date":     "Options.CachePolicy.BuildID",
		"COPY --no-cache a /":     "Options.CachePolicy.BuildID",
		"ADD --no-cache a /":      "Options.CachePolicy.BuildID",
		"RUN --cache-ttl=1d date": "Options.CachePolicy.Now",
	} {
		file, diags := llbconv.Parse([]byte("FROM scratch\n"+step+"\n"), nil)
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		caps := pb.Caps.CapSet(pb.Caps.All())
		_, diags = llbconv.Convert(t.Context(), file, llbconv.Sources{}, llbconv.Options{Daemon: llbconv.Daemon{Caps: &caps}})
		if err := diags.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one about %s", step, err, want)
		}
	}
}

// TestUndefinedInFlags checks the warning about undefined variables in the values
// of the flags.
func TestUndefinedInFlags(t *testing.T) {
	b := fresh{dockerfile: "FROM busybox\nARG --explicit GIT_SHA=1 TTL=1d\nRUN --cache-key=$GIT_SHA$GIT_SAH --cache-ttl=$TTL make\n"}.build(t)
	var undefined []string
	for _, w := range b.warns {
		undefined = append(undefined, w.Kind.Code+": "+w.Message)
	}
	if len(undefined) != 1 || !strings.HasPrefix(undefined[0], "UndefinedVar: ") || !strings.Contains(undefined[0], "$GIT_SAH' (did you mean $GIT_SHA?)") {
		t.Errorf("warnings %q", undefined)
	}
}
