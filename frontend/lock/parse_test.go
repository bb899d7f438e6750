package lock

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/diag"
)

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	commitA = "0123456789abcdef0123456789abcdef01234567"

	busybox = "docker-image://docker.io/library/busybox:latest"
)

// dockerfile is the Dockerfile of all locks.
var dockerfile = Dockerfile{Name: "Dockerfile"}

// entries has one entry of each kind, sorted.
var entries = []Entry{
	{Identifier: busybox, Pin: digestA, Line: 2},
	{Identifier: "git://example.com/r.git", Pin: commitA, Line: 3},
	{Identifier: "git://example.com/r.git#main:sub", Pin: commitA, Line: 4},
	{Identifier: "https://example.com/a?b=c&d=<e>", Pin: digestA, Line: 5},
}

// file is the lock of the entries.
const file = `{"version":1,"rules":[
{"action":"CONVERT","selector":{"identifier":"docker-image://docker.io/library/busybox:latest","match_type":"EXACT"},"updates":{"identifier":"docker-image://docker.io/library/busybox:latest@` + digestA + `"}},
{"action":"CONVERT","selector":{"identifier":"git://example.com/r.git","match_type":"EXACT"},"updates":{"identifier":"git://example.com/r.git#` + commitA + `"}},
{"action":"CONVERT","selector":{"identifier":"git://example.com/r.git#main:sub","match_type":"EXACT"},"updates":{"identifier":"git://example.com/r.git#` + commitA + `:sub"}},
{"action":"CONVERT","selector":{"identifier":"https://example.com/a?b=c&d=<e>","match_type":"EXACT"},"updates":{"attrs":{"http.checksum":"` + digestA + `"}}}
]}
`

// A lock that was written can be read again, and does not depend on the order of
// the entries.
func TestWriteAndParse(t *testing.T) {
	for range 3 {
		first := entries[0]
		entries = append(entries[1:len(entries):len(entries)], first)
		text, err := New(dockerfile, entries).Marshal()
		if err != nil || string(text) != file {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	l, diags := Parse(dockerfile, []byte(file))
	if diags != nil {
		t.Fatal(diags.Err())
	}
	for _, e := range entries {
		if got, ok := l.Pin(e.Identifier); !ok || got != e.Pin {
			t.Errorf("%s is pinned to %q", e.Identifier, got)
		}
	}
	for i, e := range l.Entries {
		if e.Line != i+2 {
			t.Errorf("%s is in line %d, not %d", e.Identifier, e.Line, i+2)
		}
	}
	if _, ok := l.Pin("https://example.com/"); ok {
		t.Error("something is pinned that the lock does not have")
	}
}

// An empty file is not a lock: the shell empties the file before the lock is written.
func TestEmptyFileIsNoLock(t *testing.T) {
	for _, text := range []string{"", "\n", " \n\t\n"} {
		if l, diags := Parse(dockerfile, []byte(text)); l != nil || diags != nil {
			t.Errorf("%q is a lock: %v", text, diags)
		}
	}
	if l, diags := Parse(dockerfile, []byte("\ufeff"+`{"version":1,"rules":[]}`)); l == nil || diags != nil {
		t.Errorf("a lock with a byte order mark is not read: %v", diags)
	}
	if l, diags := Parse(dockerfile, []byte(`{"version":1,"rules":[]}`)); l == nil || diags != nil {
		t.Errorf("a lock without entries is not read: %v", diags)
	}
}

func TestBadLocks(t *testing.T) {
	rule := func(selector, updates string) string {
		return `{"version":1,"rules":[` + "\n" + `{"action":"CONVERT","selector":{` + selector + `},"updates":{` + updates + `}}]}`
	}
	const image = `"identifier":"docker-image://docker.io/library/busybox:latest","match_type":"EXACT"`
	for name, c := range map[string]struct {
		text string
		want string // the message begins with Dockerfile.lock:
	}{
		"no JSON":           {"FROM busybox\n", "1: this is not JSON"},
		"no JSON in line 3": {"{\n\"version\":1,\n\"rules\":[oops]}", "3: this is not JSON"},
		"cut off":           {file[:len(file)/2], "3: the file is incomplete"},
		"an array":          {"[]", "1: this is not a lock: found [, expected {"},
		"a field":           {"{\"version\":1,\n\"rule\":[]}", `2: a lock has no field "rule"`},
		"a tail":            {"{\"version\":1,\"rules\":[]}\n{}", "2: there is something after the end"},
		"no version":        {`{"rules":[]}`, "1: the lock has no version"},
		"newer version":     {"{\n\"version\":2,\"rules\":[]}", "2: the lock has version 2, and this Strata reads version 1: use a newer Strata"},
		"an older version":  {"{\n\"version\":0,\"rules\":[]}", "2: the lock has version 0, and this Strata reads version 1"},
		"no number":         {"{\n\"version\":null,\"rules\":[]}", "2: the version is not a number: it is null"},
		"two identifiers":   {rule(`"identifier":"https://a/b",`+image, ""), `2: the field "identifier" occurs twice`},
		"two spellings":     {rule(image, `"identifier":"a","IDENTIFIER":"b"`), `2: the field "IDENTIFIER" occurs twice`},
		"two checksums":     {rule(`"identifier":"https://a/b","match_type":"EXACT"`, `"attrs":{"http.checksum":"`+digestA+`","http.checksum":"`+digestB+`"}`), `2: the field "http.checksum" occurs twice`},
		"a wrong type":      {strings.Replace(file, `"CONVERT"`, "2", 1), "2: a line of a lock is an object with texts"},
		"a word as version": {"{\n\"version\":\"1\"}", "2: the version is not a number"},
		"an action":         {strings.Replace(file, "CONVERT", "DENY", 1), "2: a line of a lock has the action CONVERT"},
		"no updates":        {`{"version":1,"rules":[{"action":"CONVERT","selector":{` + image + `}}]}`, "1: a line of a lock has"},
		"a wildcard":        {strings.Replace(file, "EXACT", "WILDCARD", 1), "2: the selector of docker-image://docker.io/library/busybox:latest has to be of match_type EXACT"},
		"another source":    {rule(`"identifier":"local://context","match_type":"EXACT"`, ""), `2: "local://context" is not an image, a Git repository or a URL`},
		"malformed digest":  {strings.Replace(file, "aaaa\"", "aaaZ\"", 1), `2: "sha256:` + strings.Repeat("a", 63) + `Z", the digest of docker.io/library/busybox:latest, is malformed`},
		"short digest":      {strings.Replace(file, "aaaa\"", "aaa\"", 1), "2: "},
		"no digest":         {rule(image, `"identifier":"docker-image://docker.io/library/busybox:latest"`), "2: the update of docker.io/library/busybox:latest has to be its identifier with @"},
		"another image":     {rule(image, `"identifier":"docker-image://docker.io/library/alpine:latest@`+digestA+`"`), "2: the update of docker.io/library/busybox:latest has to be"},
		"no whole name":     {rule(`"identifier":"docker-image://busybox","match_type":"EXACT"`, ""), `2: "busybox" has to be a whole name`},
		"a pinned name":     {rule(`"identifier":"docker-image://docker.io/library/a@`+digestA+`","match_type":"EXACT"`, ""), "2: "},
		"no commit":         {rule(`"identifier":"git://a/b","match_type":"EXACT"`, `"identifier":"git://a/b#main"`), `2: "main", the commit of git://a/b, does not have 40`},
		"another folder":    {rule(`"identifier":"git://a/b#m:c","match_type":"EXACT"`, `"identifier":"git://a/b#`+commitA+`:d"`), "2: the update of git://a/b#m:c has to be"},
		"malformed sum":     {rule(`"identifier":"https://a/b","match_type":"EXACT"`, `"attrs":{"http.checksum":"abc"}`), `2: "abc", the digest of https://a/b, is malformed`},
		"no checksum":       {rule(`"identifier":"https://a/b","match_type":"EXACT"`, `"attrs":{"http.perm":"1"}`), "2: the update of https://a/b has to be the attribute http.checksum"},
		"null":              {"null", "1: this is not a lock: found null, expected {"},
		"no list":           {`{"version":1,"rules":null}`, "1: this is not a lock: found null, expected ["},
		"two lists":         {"{\"version\":1,\n\"rules\":[],\n\"rules\":[]}", `3: the field "rules" occurs twice`},
		"two versions":      {`{"version":1,"version":1,"rules":[]}`, `1: the field "version" occurs twice`},
		"UTF-16":            {"\xff\xfe{\x00\r\x00\n\x00", "1: this is UTF-16"},
		"large":             {"{" + strings.Repeat(" ", MaxSize), "1: the file has 1048577 bytes, and a lock at most 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			l, diags := Parse(dockerfile, []byte(c.text))
			if l != nil || len(diags) == 0 {
				t.Fatal("no error")
			}
			if d := diags[0]; strings.Contains(d.Message, "newer Strata") != (name == "newer version") || !strings.HasPrefix(d.Message, "Dockerfile.lock:"+c.want) || d.Severity != diag.Error || d.File == nil || len(d.Range) == 0 {
				t.Errorf("the error is %q at %v", d.Message, d.Range)
			}
			if !strings.Contains(diags[0].Hint, "--call=lock") {
				t.Errorf("it does not say what to do: %q", diags[0].Hint)
			}
		})
	}
}

// Two entries for one source are an error that names both lines.
func TestTwoEntriesForOneSource(t *testing.T) {
	lines := strings.Split(file, "\n")
	text := strings.Join([]string{lines[0], lines[1], lines[2], strings.TrimSuffix(lines[1], ","), "]}"}, "\n")
	_, diags := Parse(dockerfile, []byte(text))
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Message, "Dockerfile.lock:4: "+busybox+" is in line 2 already") {
		t.Errorf("the errors are %v", diags)
	}
}

// All bad lines are reported at once.
func TestEveryBadLine(t *testing.T) {
	_, diags := Parse(dockerfile, []byte(strings.ReplaceAll(file, "CONVERT", "ALLOW")))
	if len(diags) != len(entries) {
		t.Errorf("%d errors for %d lines", len(diags), len(entries))
	}
}

func FuzzParse(f *testing.F) {
	f.Add(file)
	f.Add(`{"version":1,"rules":[null]}`)
	f.Add(`{"version":1,"rules":[{"action":2,"selector":null,"updates":{"attrs":{"a":""}}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, diags := Parse(dockerfile, []byte(text))
		if l == nil {
			if len(diags) == 0 && strings.TrimSpace(text) != "" {
				t.Error("neither a lock nor an error")
			}
			return
		}
		again, err := l.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		second, diags := Parse(dockerfile, again)
		if diags != nil || len(second.Entries) != len(l.Entries) {
			t.Errorf("what was written cannot be read: %v\n%s", diags, again)
		}
	})
}
