package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// badInput is a mistake in a Dockerfile and the expected message.
type badInput struct {
	name       string
	dockerfile string
	target     string
	line       int    // of the mistake, or noLine
	source     string // the source line that the client shows
	message    string // the description of the mistake, in the client's last error
	hint       string // the suggested remedy after it, in parentheses, if there is one
}

// noLine marks a mistake in the command, not in the file.
const noLine = 0

var badInputs = []badInput{
	{
		name:       "empty",
		dockerfile: "",
		line:       1,
		message:    `Dockerfile cannot be empty`,
		hint:       `starts with FROM`,
	},
	{
		name:       "only comments",
		dockerfile: "# nothing yet\n",
		line:       1,
		source:     "# nothing yet",
		message:    `file with no instructions`,
		hint:       `starts with FROM`,
	},
	{
		name:       "unknown instruction",
		dockerfile: "FROM scratch\nCOPPY a b\n",
		line:       2,
		source:     "COPPY a b",
		message:    `unknown instruction: COPPY`,
		hint:       `did you mean COPY\?`,
	},
	{
		name:       "unknown flag",
		dockerfile: "FROM scratch\nCOPY --form=builder a b\n",
		line:       2,
		source:     "COPY --form=builder a b",
		message:    `unknown flag: --form`,
		hint:       `did you mean from\?`,
	},
	{
		name:       "stage of COPY does not exist",
		dockerfile: "FROM scratch AS builder\nCOPY Dockerfile /a\nFROM scratch\nCOPY --from=bulder /a /b\n",
		line:       4,
		source:     "COPY --from=bulder /a /b",
		message:    `bulder: .*not found`,
		hint:       `did you mean builder\?`,
	},
	{
		name:       "stage of FROM does not exist",
		dockerfile: "FROM scratch AS compile\nCOPY Dockerfile /a\nFROM compil\nCOPY Dockerfile /b\n",
		line:       3,
		source:     "FROM compil",
		message:    `compil: .*not found`,
		hint:       `did you mean compile\?`,
	},
	{
		name:       "target does not exist",
		dockerfile: "FROM scratch AS release\nCOPY Dockerfile /a\n",
		target:     "relase",
		line:       noLine,
		message:    `target stage "relase" could not be found`,
		hint:       `did you mean release\?`,
	},
	{
		name: "cycle of stages",
		dockerfile: "FROM scratch AS one\nCOPY --from=two /a /a\n" +
			"FROM scratch AS two\nCOPY --from=one /a /a\n",
		line:    2,
		source:  "COPY --from=two /a /a",
		message: `circular dependency`,
		hint:    `one needs two, two needs one`,
	},
	{
		name: "index past the last stage",
		dockerfile: "FROM scratch\nCOPY Dockerfile /a\nFROM scratch\nCOPY --from=0 /a /a\n" +
			"FROM scratch\nCOPY --from=5 /a /a\n",
		line:    6,
		source:  "COPY --from=5 /a /a",
		message: `invalid stage index 5`,
		hint:    `numbered 0 to 2`,
	},
	{
		name:       "missing file",
		dockerfile: "FROM scratch\nCOPY requirments.txt /\n",
		line:       2,
		source:     "COPY requirments.txt /",
		message:    `requirments\.txt": not found`,
	},
	{
		name:       "bad platform",
		dockerfile: "FROM --platform=linux/amd64/v1/extra scratch\nCOPY Dockerfile /a\n",
		line:       1,
		source:     "FROM --platform=linux/amd64/v1/extra scratch",
		message:    `failed to parse platform linux/amd64/v1/extra: .*cannot parse platform specifier`,
		hint:       `as in linux/arm64`,
	},
	{
		name:       "unreadable image reference",
		dockerfile: "FROM scratch AS base\nCOPY Dockerfile /a\nFROM Python::3.11\n",
		line:       3,
		source:     "FROM Python::3.11",
		message:    `failed to parse stage name "Python::3\.11": .*must be lowercase`,
		hint:       `in lower case`,
	},
}

// TestBadInput builds each mistake with the real clients.
func TestBadInput(t *testing.T) {
	for _, client := range []buildClient{buildctl, buildx} {
		for _, c := range badInputs {
			t.Run(client.name+"/"+strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
				t.Parallel()
				dir := writeFiles(t, map[string]string{"Dockerfile": c.dockerfile, "requirements.txt": "x\n"})
				out, err := client.build(t, buildRequest{dir: dir, target: c.target})
				if err == nil {
					t.Fatalf("the build did not fail:\n%s", out)
				}
				for _, problem := range c.missingFrom(out) {
					t.Error(problem)
				}
				if t.Failed() {
					t.Logf("the client said:\n%s", out)
				}
			})
		}
	}
}

// TestMistakesTogether has independent mistakes: all of them must be reported
// together, each with its line.
func TestMistakesTogether(t *testing.T) {
	dir := writeFiles(t, map[string]string{"Dockerfile": "FROM scratch\nCOPPY a b\nCOPY --form=x a b\n"})
	mistakes := []badInput{
		{line: 2, source: "COPPY a b", message: "unknown instruction: COPPY", hint: `did you mean COPY\?`},
		{line: 3, source: "COPY --form=x a b", message: "unknown flag: --form", hint: `did you mean from\?`},
	}
	for _, client := range []buildClient{buildctl, buildx} {
		out, err := client.build(t, buildRequest{dir: dir})
		if err == nil {
			t.Errorf("%s: the build did not fail", client.name)
		}
		for _, m := range mistakes {
			for _, problem := range m.missingFrom(out) {
				t.Errorf("%s, line %d: %s\n%s", client.name, m.line, problem, out)
			}
		}
	}
}

// lastError matches the error with which a client ends. The text before it repeats
// the Dockerfile and the names of steps, which have the same words.
var lastError = regexp.MustCompile(`(?ms)^(error|ERROR): .*`)

// missingFrom returns the texts that are missing from out.
func (c badInput) missingFrom(out string) (problems []string) {
	expect := func(what, text, pattern string) {
		if !regexp.MustCompile(pattern).MatchString(text) {
			problems = append(problems, fmt.Sprintf("no %s: nothing matches %s", what, pattern))
		}
	}
	if c.line != noLine {
		expect("position", out, fmt.Sprintf(`Dockerfile:%d\b`, c.line))
		expect("source line", out, fmt.Sprintf(`(?m)^ +%d \| >>> %s *$`, c.line, regexp.QuoteMeta(c.source)))
	}
	said := lastError.FindString(out)
	expect("message", said, c.message)
	if c.hint != "" {
		expect("hint", said, `\(.*`+c.hint+`.*\)`)
	}
	if regexp.MustCompile(`panic:|goroutine \d+ \[`).MatchString(out) {
		problems = append(problems, "it panicked")
	}
	return problems
}
