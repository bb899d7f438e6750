package syntax

import (
	"slices"
	"strings"
	"testing"
)

// TestFlags parses flags in every place and form. It checks that they are kept as
// written and that BuildKit's own flags are not changed.
func TestFlags(t *testing.T) {
	for _, c := range []struct {
		line    string
		written []string
		check   func(Flags) bool
	}{
		{"RUN echo --no-cache", nil, func(f Flags) bool { return !f.NoCache }},
		{"RUN --no-cache echo", []string{"--no-cache"}, func(f Flags) bool { return f.NoCache }},
		{"run   --no-cache=true echo", []string{"--no-cache=true"}, func(f Flags) bool { return f.NoCache }},
		{"RUN --no-cache=false echo", []string{"--no-cache=false"}, func(f Flags) bool { return !f.NoCache }},
		{"RUN --network=none --no-cache --mount=type=tmpfs,target=/t echo", []string{"--no-cache"}, func(f Flags) bool { return f.NoCache }},
		{"RUN \\\n  --cache-ttl=12h \\\n  echo", []string{"--cache-ttl=12h"}, func(f Flags) bool { return f.TTL == "12h" }},
		{`RUN --cache-key="a $B" echo`, []string{`--cache-key="a $B"`}, func(f Flags) bool { return *f.Key == "a $B" }},
		{`RUN --cache-key=a\ b --arg=X echo`, []string{`--cache-key=a\ b`, "--arg=X"}, func(f Flags) bool { return *f.Key == "a b" }},
		{`RUN --cache-key='"' --no-cache echo`, []string{`--cache-key='"'`, "--no-cache"}, func(f Flags) bool { return *f.Key == `"` && f.NoCache }},
		{"RUN --cache-key= echo", []string{"--cache-key="}, func(f Flags) bool { return f.Key != nil && *f.Key == "" }},
		{"RUN --arg=A,B [\"echo\"]", []string{"--arg=A,B"}, func(f Flags) bool { return slices.Equal(f.Args, []string{"A", "B"}) }},
		{"RUN --no-cache <<EOF\necho\nEOF", []string{"--no-cache"}, func(f Flags) bool { return f.NoCache }},
		{"COPY --no-cache --chown=1 a b", []string{"--no-cache"}, func(f Flags) bool { return f.NoCache }},
		{"ADD --no-cache a b", []string{"--no-cache"}, func(f Flags) bool { return f.NoCache }},
		{"ARG --explicit A=1 B", []string{"--explicit"}, func(f Flags) bool { return f.Explicit }},
	} {
		file, diags := Parse([]byte("FROM scratch\n"+c.line+"\n"), nil)
		if err := diags.Err(); err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		flags := file.Stages[0].Instructions[0].Flags
		if !slices.Equal(flags.Written, c.written) || !c.check(flags) {
			t.Errorf("%s: got %+v", c.line, flags)
		}
	}
}

// TestFlagsWithOtherEscape uses the escape character of Windows files.
func TestFlagsWithOtherEscape(t *testing.T) {
	file, diags := Parse([]byte("# escape=`\nFROM scratch\nRUN --cache-key=a` b `\n --arg=C:\\ echo\n"), nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	flags := file.Stages[0].Instructions[0].Flags
	if want := []string{"--cache-key=a` b", `--arg=C:\`}; !slices.Equal(flags.Written, want) || *flags.Key != "a b" {
		t.Errorf("got %+v", flags)
	}
}

func TestTriggerFlags(t *testing.T) {
	in, err := ParseTrigger(`RUN --cache-ttl=1d --arg="A" make`, '\\', nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"--cache-ttl=1d", `--arg="A"`}; !slices.Equal(in.Flags.Written, want) || in.Flags.TTL != "1d" {
		t.Errorf("got %+v", in.Flags)
	}
}

// The flags of an unknown instruction are not Strata's flags: the error is the
// unknown instruction. As a trigger, it is not parsed before it is used.
func TestFlagsOfUnknownInstructions(t *testing.T) {
	for line, want := range map[string]string{
		"apk --no-cache add x":          "unknown instruction: apk",
		"RNU --no-cache --arg=A x":      "unknown instruction: RNU",
		"apk --cache-ttl=soon x":        "unknown instruction: apk",
		"ONBUILD apk --no-cache add x":  "",
		"ONBUILD RNU --cache-ttl=0 x":   "",
		"ONBUILD ENV --no-cache A=1":    "ENV does not take --no-cache",
		"ONBUILD RUN --cache-ttl=0 x":   "--cache-ttl=0 has to be more than zero",
		"ONBUILD RUN --no-cache=what x": "expecting boolean value for flag --no-cache",
	} {
		_, diags := Parse([]byte("FROM scratch\n"+line+"\n"), nil)
		err := diags.Err()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", line, err, want)
		}
	}
	for trigger, want := range map[string]string{
		"apk --no-cache add x": "unknown instruction: apk",
		"RUN --no-cache x":     "",
		"RUN --cache-tll=1h x": "unknown flag: --cache-tll (did you mean cache-ttl?)",
		"COPY --nocache a b":   "unknown flag: --nocache (did you mean no-cache?)",
	} {
		if _, err := ParseTrigger(trigger, '\\', nil); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("trigger %s: error %v, want %s", trigger, err, want)
		}
	}
}
