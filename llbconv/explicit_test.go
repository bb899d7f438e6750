package llbconv_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// envs returns the variables that each command sees, without PATH.
func (b built) envs() []string {
	var envs []string
	for _, r := range b.runs {
		if r.exec == nil {
			continue
		}
		vars := slices.DeleteFunc(slices.Clone(r.exec.Meta.Env), func(v string) bool { return strings.HasPrefix(v, "PATH=") })
		envs = append(envs, strings.Join(vars, " "))
	}
	return envs
}

// TestExplicitEnv checks which variables the commands of each file see.
func TestExplicitEnv(t *testing.T) {
	for _, c := range []struct {
		name, dockerfile string
		args             map[string]string
		want             []string
	}{
		{
			"only who asks",
			"FROM busybox\nARG --explicit A=1 B=2\nARG C=3\nRUN a\nRUN --arg=A b\nRUN --arg=B,A c\nRUN d\n", nil,
			[]string{"C=3", "C=3 A=1", "C=3 A=1 B=2", "C=3"},
		},
		{
			"the order in --arg is nothing",
			"FROM busybox\nARG --explicit B=2 A=1\nRUN --arg=A,B a\nRUN --arg=B,A,B a\n", nil,
			[]string{"A=1 B=2", "A=1 B=2"},
		},
		{
			"build args",
			"FROM busybox\nARG --explicit A=1\nARG --explicit B\nRUN --arg=A,B a\n",
			map[string]string{"A": "x", "B": "y"},
			[]string{"A=x B=y"},
		},
		{
			"without a value",
			"FROM busybox\nARG --explicit A\nRUN --arg=A a\nRUN b\n", nil,
			[]string{"", ""},
		},
		{
			"a plain ARG can be asked for",
			"FROM busybox\nARG A=1\nRUN --arg=A a\n", nil,
			[]string{"A=1"},
		},
		{
			"global and explicit",
			"ARG --explicit A=1\nFROM busybox\nARG A\nRUN a\nRUN --arg=A b\n", nil,
			[]string{"", "A=1"},
		},
		{
			"global and explicit, with a default of the stage",
			"ARG --explicit A\nFROM busybox\nARG A=2\nRUN a\nRUN --arg=A b\n", nil,
			[]string{"", "A=2"},
		},
		{
			"global, explicit in the stage",
			"ARG A=1\nFROM busybox\nARG --explicit A\nRUN a\nRUN --arg=A b\n", nil,
			[]string{"", "A=1"},
		},
		{
			"inherited by a child stage",
			"FROM busybox AS base\nARG --explicit A=1\nFROM base AS child\nRUN a\nRUN --arg=A b\nFROM child\nRUN --arg=A c\nRUN d\n", nil,
			[]string{"", "A=1", "A=1", ""},
		},
		{
			"ENV after it wins",
			"FROM busybox\nARG --explicit A=1\nENV A=env\nRUN a\nRUN --arg=A b\n", nil,
			[]string{"A=env", "A=env"},
		},
		{
			"ENV made of it",
			"FROM busybox\nARG --explicit A=1\nENV B=$A\nRUN a\n", nil,
			[]string{"B=1"},
		},
		{
			"ENV before it stays for those that do not ask",
			"FROM busybox\nENV A=env\nARG --explicit A=1\nRUN a\nRUN --arg=A b\n", nil,
			[]string{"A=env", "A=1"},
		},
		{
			"so does a variable of the base image",
			"FROM python\nARG --explicit PYTHON_VERSION=9\nRUN a\nRUN --arg=PYTHON_VERSION b\n", nil,
			[]string{
				"LANG=C.UTF-8 GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305 PYTHON_VERSION=3.13.2",
				"LANG=C.UTF-8 GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305 PYTHON_VERSION=9",
			},
		},
		{
			"a plain ARG declared again as explicit",
			"FROM busybox\nARG A=1\nRUN a\nARG --explicit A=2\nRUN b\nRUN --arg=A c\n", nil,
			[]string{"A=1", "", "A=2"},
		},
		{
			"an explicit ARG declared again as plain",
			"FROM busybox\nARG --explicit A=1\nRUN a\nARG A=2\nRUN b\n", nil,
			[]string{"", "A=2"},
		},
		{
			"declared again as plain, without a value",
			"FROM busybox\nARG --explicit A=1\nRUN a\nARG A\nRUN b\n", nil,
			[]string{"", "A=1"},
		},
		{
			"the same with a build arg",
			"FROM busybox\nARG --explicit A=1\nRUN a\nARG A\nRUN b\n",
			map[string]string{"A": "x"},
			[]string{"", "A=x"},
		},
		{
			"declared again in a child stage",
			"FROM busybox AS b\nARG --explicit A=1\nFROM b\nRUN a\nARG A\nRUN b\n", nil,
			[]string{"", "A=1"},
		},
		{
			"declared again, never with a value",
			"FROM busybox\nARG --explicit A\nARG A\nRUN a\nARG A=2\nRUN b\n", nil,
			[]string{"", "A=2"},
		},
		{
			"declared again, over an ENV",
			"FROM busybox\nENV A=env\nARG --explicit A=1\nRUN a\nARG A\nRUN b\n", nil,
			[]string{"A=env", "A=1"},
		},
		{
			"global and explicit, declared twice",
			"ARG --explicit A=1\nFROM busybox\nARG A\nARG A\nRUN a\n", nil,
			[]string{""},
		},
		{
			"an automatic arg",
			"FROM busybox\nARG --explicit TARGETARCH\nRUN a\nRUN --arg=TARGETARCH b\n", nil,
			[]string{"", "TARGETARCH=amd64"},
		},
		{
			"a default made of another",
			"FROM busybox\nARG --explicit A=1\nARG B=$A-2\nRUN a\n", nil,
			[]string{"B=1-2"},
		},
		{
			"a trigger declares it and asks for it",
			"FROM test-trigger\nRUN a\n", nil,
			[]string{"A=1", ""},
		},
	} {
		f := fresh{dockerfile: c.dockerfile, options: difftest.Options{BuildArgs: c.args, Images: map[string]difftest.Image{
			"docker.io/library/test-trigger:latest": {Config: json.RawMessage(`{"config":{"OnBuild":["ARG --explicit A=1","RUN --arg=A --cache-key=$A make"]}}`)},
		}}}
		if got := f.build(t).envs(); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestExplicitDoesNotChangeOthers checks that an explicit arg does not change the
// key of a step that does not name it.
func TestExplicitDoesNotChangeOthers(t *testing.T) {
	build := func(sha string) built {
		return fresh{
			dockerfile: "ARG --explicit SHA\nFROM busybox\nARG SHA\nRUN npm ci\nLABEL sha=$SHA\n",
			options:    difftest.Options{BuildArgs: map[string]string{"SHA": sha}},
		}.build(t)
	}
	a, b := build("a"), build("b")
	if !slices.EqualFunc(a.def.Def, b.def.Def, slices.Equal) {
		t.Error("the ops depend on an arg that no step asks for")
	}
	if a.image.Config.Labels["sha"] != "a" || b.image.Config.Labels["sha"] != "b" {
		t.Error("the label is not expanded")
	}
}

// TestExplicitExpands uses an explicit arg in every instruction that expands
// variables.
func TestExplicitExpands(t *testing.T) {
	b := fresh{dockerfile: `FROM busybox
ARG --explicit A=x
ARG B=${A}y
ENV C=$A
LABEL l=$A
COPY --chown=$A ${A}.txt /$A/
COPY <<EOF /inline
$A
EOF
ADD $A.tar /add
WORKDIR /w$A
USER $A
USER $MISSING$A
VOLUME /v$A
RUN --mount=type=cache,target=/cache/$A true
`}.build(t)
	if got := b.envs(); !slices.Equal(got, []string{"B=xy C=x"}) {
		t.Errorf("environment %q", got)
	}
	config := b.image.Config
	if config.Labels["l"] != "x" || config.WorkingDir != "/wx" || config.User != "x" || len(config.Volumes) != 1 {
		t.Errorf("config: %+v", config)
	}
	dump := difftest.Canonical(b.def)
	for _, want := range []string{`"/x.txt"`, `"/x/"`, `"x\n"`, `"/x.tar"`, `"/cache/x"`} {
		if !strings.Contains(dump, want) {
			t.Errorf("no %s in the ops:\n%s", want, dump)
		}
	}
	var undefined []string
	for _, w := range b.warns {
		if w.Kind.Code == "UndefinedVar" {
			undefined = append(undefined, w.Message)
		}
	}
	if len(undefined) != 1 || !strings.Contains(undefined[0], "MISSING") {
		t.Errorf("undefined: %q", undefined)
	}
}

// TestFlagsInNamesAndHistory checks that names have the flags as written, and that
// the history has only the args that the command sees.
func TestFlagsInNamesAndHistory(t *testing.T) {
	b := fresh{dockerfile: `FROM busybox
ARG --explicit A=1
ARG P=2
run --mount=type=cache,target=/c$P --cache-key="$A $P" \
    --arg=A echo $A $P
RUN --cache-ttl=1d ["echo", "$P"]
RUN --no-cache <<EOF
echo $P
EOF
COPY --no-cache --chmod=644 $P /
ARG --explicit N
RUN --arg=N true
`}.build(t)
	var names []string
	for _, r := range b.runs {
		names = append(names, r.name)
	}
	want := []string{
		`[stage-0 2/6] RUN --mount=type=cache,target=/c2 --cache-key="$A $P"     --arg=A echo 1 2`,
		`[stage-0 3/6] RUN --cache-ttl=1d ["echo", "2"]`,
		`[stage-0 4/6] RUN --no-cache <<EOF (echo 2)`,
		`[stage-0 5/6] COPY --no-cache --chmod=644 2 /`,
		`[stage-0 6/6] RUN --arg=N true`,
	}
	if !slices.Equal(names, want) {
		t.Errorf("names:\n%s\nwant:\n%s", strings.Join(names, "\n"), strings.Join(want, "\n"))
	}
	history := b.history()
	want = []string{
		`ARG --explicit A=1`,
		`ARG P=2`,
		`RUN --cache-key="$A $P" --arg=A |2 A=1 P=2 /bin/sh -c echo $A $P # buildkit`,
		`RUN --cache-ttl=1d |1 P=2 echo $P # buildkit`,
		"RUN --no-cache |1 P=2 /bin/sh -c echo $P\n # buildkit",
		`COPY --no-cache --chmod=644 2 / # buildkit`,
		`ARG --explicit N`,
		`RUN --arg=N |1 P=2 /bin/sh -c true # buildkit`,
	}
	if got := history[len(history)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("history:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestHistoryOfExplicitArgs checks that the history lists an explicit arg only for
// steps that name it, even if the image has a variable with the same name.
func TestHistoryOfExplicitArgs(t *testing.T) {
	for instructions, want := range map[string]string{
		"ENV A=env\nARG --explicit A=1\nRUN true":         "RUN /bin/sh -c true # buildkit",
		"ENV A=env\nARG --explicit A=1\nRUN --arg=A true": "RUN --arg=A |1 A=1 /bin/sh -c true # buildkit",
		"ARG --explicit A=1\nENV A=env\nRUN true":         "RUN /bin/sh -c true # buildkit",
		"ARG A=1\nENV A=env\nRUN true":                    "RUN |1 A=env /bin/sh -c true # buildkit",
		"ARG A=1\nARG --explicit A=2\nRUN true":           "RUN /bin/sh -c true # buildkit",
		"ARG --explicit A=2\nARG A=1\nRUN true":           "RUN |1 A=1 /bin/sh -c true # buildkit",
		"ARG --explicit A=2\nARG A\nRUN true":             "RUN |1 A=2 /bin/sh -c true # buildkit",
		"ARG --explicit A\nARG A\nRUN true":               "RUN |1 A= /bin/sh -c true # buildkit",
	} {
		history := fresh{dockerfile: "FROM busybox\n" + instructions + "\n"}.build(t).history()
		if got := history[len(history)-1]; got != want {
			t.Errorf("%s\nhistory %q, want %q", instructions, got, want)
		}
	}
}
