package insight

import "testing"

const steps = `FROM busybox
RUN one
RUN two
RUN three
COPY . /src`

func steady(dockerfile string) fixture {
	return fixture{dockerfile: dockerfile, files: map[string]file{"a": text("a\n")}}
}

func TestInstructions(t *testing.T) {
	p := steady(steps)
	for _, c := range []comparisonCase{
		{"text", []fixture{p}, p.with("two", "2"), `
			3 runs: text
			4 runs after 3
			5 runs after 3
			cause 3: text -> 3 4 5`},
		{"two texts are two causes", []fixture{p}, p.with("one", "1").with("three", "3"), `
			2 runs: text
			3 runs after 2
			4 runs: text after 2
			5 runs after 2 4
			cause 2: text -> 2 3 4 5
			cause 4: text -> 4 5`},
		{"another spelling that changes nothing", []fixture{p}, p.with("RUN two", "RUN  two"), ""},
		{"added", []fixture{p}, p.with("RUN two", "RUN new\nRUN two"), `
			3 runs: step added
			4 runs after 3
			5 runs after 3
			6 runs after 3
			cause 3: step added -> 3 4 5 6`},
		{"several in a row", []fixture{p}, p.with("RUN two", "RUN new\nCOPY a /a\nRUN two"), `
			3 runs: step added
			4 runs after 3
			5 runs after 3
			6 runs after 3
			7 runs after 3
			cause 3: step added -> 3 4 5 6 7`},
		{"added at the end", []fixture{p}, p.with("/src", "/src\nRUN last"), `
			6 runs: step added
			cause 6: step added -> 6`},
		{"removed", []fixture{p}, p.with("RUN two\n", ""), `
			3 runs: step removed
			4 runs after 3
			cause 3: step removed -> 3 4`},
		{"two removed", []fixture{p}, p.with("RUN one\nRUN two\n", ""), `
			2 runs: step removed
			3 runs after 2
			cause 2: step removed -> 2 3`},
		{"removed at the end", []fixture{p}, p.with("\nCOPY . /src", ""), ""},
		{"moved", []fixture{p}, p.with("RUN one\nRUN two\nRUN three", "RUN three\nRUN one\nRUN two"), `
			2 runs: step moved
			3 runs after 2
			4 runs after 2
			5 runs after 2
			cause 2: step moved -> 2 3 4 5`},
		{"moved down", []fixture{p}, p.with("RUN one\nRUN two\nRUN three", "RUN two\nRUN three\nRUN one"), `
			2 runs: step moved
			3 runs after 2
			4 runs after 2
			5 runs after 2
			cause 2: step moved -> 2 3 4 5`},
		{"replaced by another kind", []fixture{p}, p.with("RUN two", "COPY a /a"), `
			3 runs: step added
			4 runs: step removed after 3
			5 runs after 3 4
			cause 3: step added -> 3 4 5
			cause 4: step removed -> 4 5`},
	} {
		c.run(t)
	}
}

func TestVariablesAndSettings(t *testing.T) {
	p := steady("FROM busybox\nARG V=1\nRUN one\nENV E=1\nUSER me\nSHELL sh\nWORKDIR /w\nRUN two $V\nCOPY a .\nRUN three")
	for _, c := range []comparisonCase{
		{"one cause for all commands", []fixture{p}, p.with("V=1", "V=2"), `
			3 runs: variable V
			7 runs after 3
			8 runs after 3
			9 runs after 3
			10 runs after 3
			cause 3: variable V -> 3 7 8 9 10`},
		{"of later commands", []fixture{p}, p.with("E=1", "E=2"), `
			8 runs: variable E
			9 runs after 8
			10 runs after 8
			cause 8: variable E -> 8 9 10`},
		{"a new one", []fixture{p}, p.with("ENV E=1", "ENV E=1\nENV F=1"), `
			9 runs: variable F
			10 runs after 9
			11 runs after 9
			cause 9: variable F -> 9 10 11`},
		{"gone with its step", []fixture{p}, p.with("ARG V=1\nRUN one\n", ""), `
			5 runs: step removed
			6 runs: variable V after 5
			7 runs after 5 6
			8 runs after 5 6
			cause 5: step removed -> 5 6 7 8
			cause 6: variable V -> 6 7 8`},
		{"the same for a new step", []fixture{p}, p.with("RUN two", "RUN new\nRUN two"), `
			8 runs: step added
			9 runs after 8
			10 runs after 8
			11 runs after 8
			cause 8: step added -> 8 9 10 11`},
		{"user", []fixture{p}, p.with("USER me", "USER you"), `
			7 runs: text USER
			8 runs after 7
			9 runs after 7
			10 runs after 7
			cause 7: text USER -> 7 8 9 10`},
		{"shell", []fixture{p}, p.with("SHELL sh", "SHELL bash"), `
			8 runs: text SHELL
			9 runs after 8
			10 runs after 8
			cause 8: text SHELL -> 8 9 10`},
		{"directory", []fixture{p}, p.with("WORKDIR /w", "WORKDIR /x"), `
			7 runs: text
			8 runs after 7
			9 runs after 7
			10 runs after 7
			cause 7: text -> 7 8 9 10`},
		{"no directory", []fixture{p}, p.with("WORKDIR /w\n", ""), `
			7 runs: step removed
			8 runs after 7
			9 runs after 7
			cause 7: step removed -> 7 8 9`},
	} {
		c.run(t)
	}
	base := steady("FROM busybox AS base\nENV E=1\nFROM base\nRUN one\nFROM base\nCOPY a .\nRUN two")
	comparisonCase{"of a base stage", []fixture{base}, base.with("E=1", "E=2"), `
		4 runs: variable E
		7 runs after 4
		cause 4: variable E -> 4 7`}.run(t)
	copied := steady("FROM busybox\nARG F=a\nCOPY $F /x")
	copied.files["b"] = text("b\n")
	comparisonCase{"in an instruction", []fixture{copied}, copied.with("F=a", "F=b"), `
		3 runs: variable F
		cause 3: variable F -> 3`}.run(t)
}

func TestFlags(t *testing.T) {
	p := steady("FROM busybox\nRUN --mount=target=/c,type=cache --cache-ttl=1h --cache-key=1 one\nRUN two")
	expired, client := p, p
	expired.period, client.client = 1, "host"
	for _, c := range []comparisonCase{
		{"mount", []fixture{p}, p.with("type=cache", "type=tmpfs"), `
			2 runs: mount /c
			3 runs after 2
			cause 2: mount /c -> 2 3`},
		{"another mount", []fixture{p}, p.with("/c,", "/d,"), `
			2 runs: mount /c, mount /d
			3 runs after 2
			cause 2: mount /c, mount /d -> 2 3`},
		{"mount and command", []fixture{p}, p.with("type=cache", "type=tmpfs").with("one", "1"), `
			2 runs: text
			3 runs after 2
			cause 2: text -> 2 3`},
		{"ttl", []fixture{p}, expired, `
			2 runs: freshness ttl
			3 runs after 2
			cause 2: freshness ttl -> 2 3`},
		{"another ttl", []fixture{p}, p.with("=1h", "=2h"), `
			2 runs: text
			3 runs after 2
			cause 2: text -> 2 3`},
		{"key", []fixture{p}, p.with("key=1", "key=2"), `
			2 runs: freshness key
			3 runs after 2
			cause 2: freshness key -> 2 3`},
		{"client", []fixture{p}, client, `
			2 runs: client network
			3 runs after 2
			cause 2: client network -> 2 3`},
	} {
		c.run(t)
	}
	always := steady("FROM busybox\nRUN one\nRUN --no-cache two\nRUN three")
	again := always
	again.build = 1
	comparisonCase{"no-cache", []fixture{always}, again, `
		3 runs: freshness no-cache
		4 runs after 3
		cause 3: freshness no-cache -> 3 4`}.run(t)
}
