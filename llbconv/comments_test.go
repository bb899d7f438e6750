package llbconv_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
)

// spellings has each flag on an instruction, and as a comment above it.
var spellings = []struct{ name, flag, comment, plain string }{
	{"no-cache of RUN", "RUN --no-cache date\n", "# strata=no-cache\nRUN date\n", "RUN date\n"},
	{"no-cache of COPY", "COPY --no-cache a /\n", "# strata=no-cache\nCOPY a /\n", "COPY a /\n"},
	{"no-cache of ADD", "ADD --no-cache a /\n", "# strata=no-cache\nADD a /\n", "ADD a /\n"},
	{"cache-ttl", "RUN --cache-ttl=1w apt-get update\n", "# strata=cache-ttl=1w\nRUN apt-get update\n", "RUN apt-get update\n"},
	{"cache-key", "RUN --cache-key=\"$REV\" make\n", "# strata=cache-key=$REV\nRUN make\n", "RUN make\n"},
	{"explicit", "ARG --explicit SHA=1\nRUN make\n", "# strata=explicit\nARG SHA=1\nRUN make\n", ""},
	{
		"arg", "ARG --explicit SHA=1\nRUN --arg=SHA make\n",
		"# strata=explicit\nARG SHA=1\n# strata=arg=SHA\nRUN make\n", "",
	},
	{
		"two in one", "ARG SHA\nRUN --arg=SHA --cache-key=$REV --cache-ttl=12h make\n",
		"ARG SHA\n# strata=arg=SHA; cache-key=$REV ;cache-ttl=12h\nRUN make\n", "",
	},
	{
		"two comments", "RUN --cache-key=$REV --cache-ttl=12h make\n",
		"# strata=cache-key=$REV\n# and why\n# strata=cache-ttl=12h\nRUN make\n", "RUN make\n",
	},
	{"beside others", "RUN --cache-ttl=1d --network=none make\n", "# strata=cache-ttl=1d\nRUN --network=none make\n", "RUN --network=none make\n"},
	{"both places", "RUN --cache-ttl=1d --cache-key=x make\n", "# strata=cache-ttl=1d\nRUN --cache-key=x make\n", ""},
	{"here-document", "RUN --no-cache <<EOF\nmake\nEOF\n", "# strata=no-cache\nRUN <<EOF\nmake\nEOF\n", "RUN <<EOF\nmake\nEOF\n"},
	{"continued", "RUN --cache-ttl=2h a && \\\n    b\n", "# strata=cache-ttl=2h\nRUN a && \\\n    b\n", "RUN a && \\\n    b\n"},
	{"any case", "run --no-cache a\n", "#STRATA = no-cache\nrun a\n", "run a\n"},
	{"indented", "  RUN --no-cache a\n", "  # why\n  # strata=no-cache\n\n  RUN a\n", "RUN a\n"},
	{"indented by a tab", "RUN --no-cache a\n", "\t#strata=no-cache\nRUN a\n", "RUN a\n"},
	{"blanks", "RUN --cache-key=\"a b\" --cache-ttl=1h a\n", "#  strata  =  cache-key  =  a b ; cache-ttl = 1h \nRUN a\n", ""},
	{"a comment in a comment", "RUN a\n", "  ## strata=no-cache\n## strata=no-cache\nRUN a\n", ""},
	{"above an empty comment", "RUN --no-cache a\n", "# strata=no-cache\n#\n# why\nRUN a\n", "RUN a\n"},
	{"in a here-document", "RUN <<EOF\n# strata=no-cache\nEOF\n", "RUN <<EOF\n# strata=no-cache\nEOF\n", ""},
	{"in the second here-document", "RUN <<A \\\n# why\n<<-B\n\n# a\nA\n# strata=no-cache\n\tB\n", "RUN <<A \\\n# why\n<<-B\n\n# a\nA\n# strata=no-cache\n\tB\n", ""},
	{"in the here-document of a trigger", "ONBUILD RUN <<A\n# strata=no-cache\nA\nFROM base\n", "ONBUILD RUN <<A\n# strata=no-cache\nA\nFROM base\n", ""},
	{"an indented trigger", "ONBUILD RUN --no-cache a\nFROM base\n", "  # strata=no-cache\n  ONBUILD RUN a\nFROM base\n", ""},
	{"trigger of a stage", "ONBUILD RUN --no-cache a\nFROM base\n", "# strata=no-cache\nONBUILD RUN a\nFROM base\n", ""},
}

// A flag and the comment give the same ops, so a change of the spelling runs no
// step.
func TestFlagsAsComments(t *testing.T) {
	const base = "FROM busybox AS base\nARG REV=7\n"
	for _, c := range spellings {
		flag := fresh{dockerfile: base + c.flag}.build(t)
		comment := fresh{dockerfile: base + c.comment}.build(t)
		if !slices.EqualFunc(flag.def.Def, comment.def.Def, bytes.Equal) {
			t.Errorf("%s:\n%s", c.name, difftest.DiffText(difftest.Canonical(flag.def), difftest.Canonical(comment.def)))
		}
		if c.plain == "" {
			continue
		}
		plain := fresh{dockerfile: base + c.plain}.build(t)
		if a, b := comment.history(), plain.history(); !slices.Equal(a, b) {
			t.Errorf("%s: history %q, without the comment %q", c.name, a, b)
		}
		if a, b := names(comment.def), names(plain.def); !slices.Equal(a, b) {
			t.Errorf("%s: steps %q, without the comment %q", c.name, a, b)
		}
	}
}

// names returns the names of all steps, sorted.
func names(def *pb.Definition) (names []string) {
	for _, md := range def.Metadata {
		names = append(names, md.Description["llb.customname"])
	}
	slices.Sort(names)
	return names
}

// The comment of a trigger is in the image, so it applies to builds on that image.
// Docker's frontend ignores it like any comment.
func TestCommentOfATriggerIsInTheImage(t *testing.T) {
	b := fresh{dockerfile: "FROM busybox\n# why\n# strata=cache-ttl=1d\nONBUILD RUN a\n"}.build(t)
	if want := []string{"# strata=cache-ttl=1d\nRUN a"}; !slices.Equal(b.image.Config.OnBuild, want) {
		t.Errorf("triggers %q, want %q", b.image.Config.OnBuild, want)
	}
}

// TestFlagCommentErrors has one error in each case. It is on line 3, the comment, unless the comment is on line 4, or the
// error also depends on line 4, the instruction.
func TestFlagCommentErrors(t *testing.T) {
	for text, want := range map[string]string{
		"# strata=cache-tll=1w\nRUN make":          `# strata=cache-tll=1w: unknown flag "cache-tll" (did you mean cache-ttl?)`,
		"# strata=x\nRUN make":                     `unknown flag "x" (there are arg, cache-key, cache-ttl, explicit, no-cache)`,
		"  # strata=x\n\nRUN make":                 `unknown flag "x" (there are arg, cache-key, cache-ttl, explicit, no-cache)`,
		"# strata=;\nRUN make":                     "# strata=;: a flag is missing (write # strata=NAME=VALUE;NAME, with the names",
		"# strata=no-cache;no-cache\nRUN make":     "duplicate flag specified: --no-cache",
		"# strata=no-cache\nRUN --no-cache make":   "duplicate flag specified: --no-cache",
		"# strata=cache-ttl=soon\nRUN make":        "--cache-ttl=soon is not a duration (write it like 90m, 12h, 7d or 2w)",
		"# strata=cache-ttl=1h;no-cache\nRUN make": "--no-cache and --cache-ttl exclude each other",
		"# strata=cache-ttl=1h\nCOPY a /":          "COPY does not take --cache-ttl (it is a flag of RUN)",
		"# strata=explicit\nWORKDIR /a":            "WORKDIR does not take --explicit (it is a flag of ARG)",
		"# strata=no-cache\nONBUILD WORKDIR /a":    "WORKDIR does not take --no-cache (it is a flag of RUN, COPY, ADD)",
		"# strata=arg=SAH\nRUN make":               "--arg=SAH: the stage declares no such ARG before this step (did you mean SHA?)",
		"# strata=cache-ttl\nRUN make":             "missing a value on flag: --cache-ttl",
		"RUN a \\\n# strata=no-cache\n b":          "# strata=no-cache belongs to no instruction (write it above the instruction)",
		"RUN a \\\n# strata=no-cache\n <<E\nb\nE":  "# strata=no-cache belongs to no instruction (write it above the instruction)",
		"RUN a\n# strata=no-cache":                 "# strata=no-cache belongs to no instruction (write it above an instruction)",
		"# strata=no-cache\nFROM busybox":          "FROM does not take --no-cache (it is a flag of RUN, COPY, ADD)",
	} {
		line := 3
		if strings.Contains(text, "RUN --no-cache") || strings.Contains(text, "arg=SAH") || strings.HasPrefix(text, "RUN a") {
			line = 4
		}
		file := "FROM busybox\nARG SHA=1\n" + text + "\n"
		_, diags := fresh{dockerfile: file}.convert(t)
		expectOnly(t, strings.ReplaceAll(text, "\n", " | "), diags, line, want)
	}
}
