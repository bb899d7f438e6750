package frontend_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/difftest"
)

// FuzzMutate changes Dockerfiles of the corpus: it deletes, doubles and swaps
// instructions and takes some from other files, changes words, and gives the
// base images other configs. The result is mostly valid, so that it tests more
// than arbitrary text. A short run has the same inputs each time: a difference that
// it finds is due to an edit.
func FuzzMutate(f *testing.F) {
	m := newMaterial(f)
	random := rand.NewChaCha8([32]byte{})
	seeds := 100
	if testing.Short() {
		seeds = 1000 // all inputs of hack/fuzz.sh 1000x
	}
	for range seeds {
		picks := make([]byte, 70)
		_, _ = random.Read(picks) // which never fails
		f.Add(picks)
	}
	f.Fuzz(func(t *testing.T, picks []byte) {
		if len(picks) > 96 {
			t.Skip("too many changes to be of interest")
		}
		c := m.mutated(picks)
		checkCase(t, c)
		if t.Failed() {
			images, _ := json.Marshal(c.Options.Images)
			t.Logf("Dockerfile:\n%s\noptions:\n%s\nimages: %s", c.Dockerfile, optionText(c), images)
		}
	})
}

// dice makes decisions from bytes, two for each.
type dice struct{ picks []byte }

func (d *dice) roll(sides int) int {
	if sides == 0 || len(d.picks) < 2 {
		return 0
	}
	n := int(d.picks[0])<<8 | int(d.picks[1])
	d.picks = d.picks[2:]
	return n % sides
}

// mostlyLater is a roll that seldom gives 0, as everything depends on the first
// element: a FROM, or the name of an instruction.
func (d *dice) mostlyLater(sides int) int {
	if sides > 1 && d.roll(8) > 0 {
		return 1 + d.roll(sides-1)
	}
	return d.roll(sides)
}

func pick[T any](d *dice, list []T) T { return list[d.roll(len(list))] }

// material is what the changes are made from.
type material struct {
	good, bad    []difftest.Case // cases that can be converted, and cases that cannot
	steps, words []string
}

func newMaterial(tb testing.TB) material {
	cases, err := difftest.LoadCorpus(corpus)
	if err != nil {
		tb.Fatal(err)
	}
	m := material{steps: []string{
		"FROM base\n", "FROM build AS base\n", "FROM alpine AS build\n", "FROM base AS base\n", "FROM scratch AS build\n",
		"COPY --from=build /a /b\n", "COPY --from=0 . .\n", "RUN --mount=from=base,target=/m true\n",
	}}
	for _, c := range cases {
		if c.Options.Unstable != "" || len(c.Dockerfile) > 1<<13 {
			continue
		}
		m.words = append(m.words, strings.Fields(string(c.Dockerfile))...)
		if strata(tb.Context(), difftest.NewGateway(c), c.Platforms()[0]).Err != nil {
			m.bad = append(m.bad, c)
			continue
		}
		m.good = append(m.good, c)
		m.steps = append(m.steps, steps(c.Dockerfile)...)
	}
	m.steps, m.words = unique(m.steps), unique(m.words)
	return m
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// steps returns the instructions of a file, each with the comments above it, or
// its lines if it cannot be parsed.
func steps(dockerfile []byte) []string {
	lines := strings.SplitAfter(string(dockerfile), "\n")
	tree, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return lines
	}
	var out []string
	end := 0
	for _, node := range tree.AST.Children {
		last := min(node.EndLine, len(lines))
		out = append(out, strings.TrimSuffix(strings.Join(lines[end:last], ""), "\n")+"\n")
		end = last
	}
	return out
}

// baseImages are configs that can replace those of all images of a case.
var baseImages = []string{
	`{}`,
	`{"config":{"Env":["A=1"]}}`,
	`{"config":{"Env":["PATH=/bin"],"Cmd":["sh"]}}`,
	`{"config":{"Env":["PATH=","EMPTY=","NOEQUALS","DOLLAR=$HOME"],"WorkingDir":"relative"}}`,
	`{"config":{"Env":["PATH=/bin"],"OnBuild":["ARG V=1","ENV W=$V","WORKDIR sub","RUN --mount=type=cache,target=/c make $W","USER u"]}}`,
	`{"config":{"OnBuild":["COPY --from=build /x /x","RUN --mount=from=base,target=/b x","COPY --chown=1 . ."]}}`,
	`{"config":{"OnBuild":["apk --no-cache add x"]}}`,
	`{"config":{"OnBuild":["EXPOSE 80","HEALTHCHECK NONE","COPY --from=tools /a /a"]}}`,
	`{"os":"windows","architecture":"amd64","os.version":"10.0.20348.1","config":{"Env":["Path=C:\\Windows"],"WorkingDir":"C:\\app","User":"ContainerUser"}}`,
	`{"os":"linux","architecture":"arm64","variant":"v8","config":{"Env":["PATH=/bin"],"Labels":{"a":"b"}}}`,
	`{"config":{"User":"1:2","Env":["PATH=/opt/bin"],"Entrypoint":["/e"],"Cmd":["c"],"Volumes":{"/v":{}},"ExposedPorts":{"53/udp":{}},"WorkingDir":"/w","StopSignal":"SIGUSR1","Shell":["/bin/ash","-c"],"Healthcheck":{"Test":["CMD-SHELL","x"],"Interval":5000000000}}}`,
	`{"config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers"}}`,
	`{"config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers"},"history":[{"created_by":"x"}]}`,
	`{"config":[]}`,
}

// mutated returns a case for the picks, which choose the file, the images, the
// options and the changes.
func (m material) mutated(picks []byte) difftest.Case {
	d := &dice{picks}
	c := pick(d, m.good)
	if d.roll(8) == 0 {
		c = pick(d, m.bad)
	}
	if n := d.roll(len(baseImages) + 3); n < len(baseImages) {
		images := map[string]difftest.Image{}
		maps.Copy(images, c.Options.Images)
		images["*"] = difftest.Image{Config: json.RawMessage(baseImages[n])}
		for _, name := range []string{"build", "base", "tools"} { // the reference does not end if images name themselves
			images[name] = difftest.Image{}
		}
		c.Options.Images = images
	}
	if d.roll(8) == 0 {
		images := c.Options.Images
		c.Options = pick(d, m.good).Options
		c.Options.Images = images
	}
	text := steps(c.Dockerfile)
	for len(d.picks) >= changeBytes {
		text = m.change(d, text)
	}
	c.Name, c.Dockerfile = "fuzz", []byte(strings.Join(text, ""))
	return c
}

// changeBytes is the largest number of bytes that a change takes.
const changeBytes = 16

// change makes one change to the steps of a file.
func (m material) change(d *dice, text []string) []string {
	kind, at := d.roll(10), d.mostlyLater(len(text))
	if len(text) == 0 || text[at] == "" {
		return append(text, pick(d, m.steps))
	}
	text = slices.Clone(text)
	switch kind {
	case 0:
		return slices.Delete(text, at, at+1)
	case 1:
		return slices.Insert(text, d.mostlyLater(len(text)+1), text[at])
	case 2:
		other := d.mostlyLater(len(text))
		text[at], text[other] = text[other], text[at]
	case 3, 4:
		return slices.Insert(text, at, pick(d, m.steps))
	case 5:
		text[at] = pick(d, m.steps)
	case 6:
		text[at] = "ONBUILD " + text[at]
	case 7:
		text[at] = m.changeCharacter(d, text[at])
	default:
		text[at] = m.changeWord(d, text[at])
	}
	return text
}

// changeWord replaces, deletes, doubles or adds a word of a step, or changes
// its case.
func (m material) changeWord(d *dice, step string) string {
	start := func(i int) bool { return i == 0 || unicode.IsSpace(rune(step[i-1])) }
	var starts []int
	for i := range step {
		if start(i) && !unicode.IsSpace(rune(step[i])) {
			starts = append(starts, i)
		}
	}
	if len(starts) == 0 {
		return step
	}
	from := starts[d.mostlyLater(len(starts))]
	length := strings.IndexFunc(step[from:], unicode.IsSpace)
	if length < 0 {
		length = len(step) - from
	}
	word, rest := step[from:from+length], step[from+length:]
	changed := []string{pick(d, m.words), "", word + " " + word, pick(d, m.words) + " " + word, strings.ToUpper(word), strings.ToLower(word)}
	return step[:from] + pick(d, changed) + rest
}

// changeCharacter replaces, deletes or adds a special character.
func (m material) changeCharacter(d *dice, step string) string {
	const special = "$\\\"'=:,/-{}[]<#@`\t\r\n .0"
	at := d.roll(len(step))
	c := string(special[d.roll(len(special))])
	return step[:at] + pick(d, []string{c, "", c + step[at:at+1]}) + step[at+1:]
}
