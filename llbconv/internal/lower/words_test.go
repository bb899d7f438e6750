package lower

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// alone returns an instruction without a stage, for functions that only read its
// words.
func alone() instruction {
	step := plan.Step{Instruction: syntax.Instruction{Command: &instructions.ExposeCommand{}}}
	return instruction{step: step, lint: linter.New(&linter.Config{})}
}

func TestPorts(t *testing.T) {
	for spec, want := range map[string]string{
		"80":                   "80/tcp",
		"80/":                  "80/tcp",
		"53/udp":               "53/udp",
		"53/UDP":               "53/udp",
		"9/sctp":               "9/sctp",
		"80-82":                "80/tcp 81/tcp 82/tcp",
		"80-80":                "80/tcp",
		"0":                    "0/tcp",
		"65535":                "65535/tcp",
		"8080:80":              "80/tcp",
		"8080-8081:80-81":      "80/tcp 81/tcp",
		"8080-8085:80":         "80/tcp",
		"127.0.0.1:8080:80":    "80/tcp",
		"127.0.0.1::80":        "80/tcp",
		"[::1]:8080:80":        "80/tcp",
		"::1:8080:80":          "80/tcp",
		":80":                  "80/tcp",
		"":                     "error: no port specified",
		"/tcp":                 "error: no port specified",
		"80:":                  "error: no port specified",
		"80/icmp":              "error: invalid proto: icmp",
		"80/tcp/udp":           "error: invalid proto: tcp/udp",
		"65536":                "error: port 65536 is out of range",
		"-1":                   "error: invalid port",
		"82-80":                "error: invalid port range: 82-80",
		"80-":                  "error: invalid port",
		"1-2-3":                "error: invalid port",
		"http":                 "error: invalid port",
		"x:80":                 "error: invalid hostPort: x",
		"1-3:80-81":            "error: invalid ranges specified for container and host Ports: 80-81 and 1-3",
		"300.0.0.1:80:80":      "error: invalid IP address: 300.0.0.1",
		"[::1:80:80":           "error: invalid IP address",
		"99999999999999999999": "error: invalid port",
	} {
		ports, err := alone().ports(spec)
		got := strings.Join(ports, " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want && !(err != nil && strings.HasPrefix(want, "error: ") && strings.Contains(got, want[len("error: "):])) {
			t.Errorf("%q: %s, want %s", spec, got, want)
		}
	}
}

func TestParseChmod(t *testing.T) {
	for _, s := range []string{"0", "7", "755", "0755", "7777", "u=rwX,go=rX", "a+x", "+x", "u-s,g=u"} {
		if _, err := parseChmod(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"8", "-1", "10000", "0x1ff", "rwxr-xr-x", "u=q", "u", "755 ", "77777777777777777777"} {
		if c, err := parseChmod(s); err == nil {
			t.Errorf("%q: no error but %v", s, c)
		}
	}
}

func TestAbsolute(t *testing.T) {
	for _, c := range []struct{ os, dir, path, want string }{
		{"linux", "/w", "a", "/w/a"},
		{"linux", "/w", "a/", "/w/a/"},
		{"linux", "/w", ".", "/w/"},
		{"linux", "/w", "", "/w/"},
		{"linux", "/w", "..", "/"},
		{"linux", "/w", "/a/b/", "/a/b/"},
		{"linux", "/", `a\b`, `/a\b`},
		{"windows", "/w", `a\b\`, "/w/a/b/"},
		{"windows", "/w", `C:\a`, "/a"},
		{"windows", "/w", `c:/a/`, "/a/"},
		{"windows", "/w", `D:\a`, "error"},
	} {
		s := State{Dir: c.dir}
		s.Platform.value.OS = c.os
		got, err := s.absolute(c.path)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %q in %s is %q, want %q (%v)", c.os, c.path, c.dir, got, c.want, err)
		}
	}
}

func TestMountTarget(t *testing.T) {
	s := State{Dir: "/work"}
	for target, want := range map[string]string{
		"/cache": "/cache", "cache": "/work/cache", "./a/../b": "/work/b", "": "/work", "/a/": "/a/", "/": "", "../..": "",
	} {
		got, err := mountTarget(s, target)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", target, got, err, want)
		}
	}
}

func TestHasWildcard(t *testing.T) {
	for name, want := range map[string]bool{"a": false, "*": true, "a?": true, "[a]": true, `\*`: false, `\\*`: true, `a\`: false, "": false} {
		if got := hasWildcard(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestCoversStage(t *testing.T) {
	for _, c := range []struct {
		value string
		want  bool
	}{{"", false}, {"true", true}, {"1", true}, {"false", false}, {"build", true}, {"a,build", true}, {"a, build", false}, {"Build", false}, {"bui", false}} {
		if got := coversStage("build", c.value); got != c.want {
			t.Errorf("%q: %v", c.value, got)
		}
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"API_KEY": true, "apikey": true, "DB_PASSWORD": true, "PASSWORD_DB": true, "Token": true, "AUTH": true,
		"KEYBOARD": false, "MONKEY": false, "A_KEYS": false, "PUBLIC_KEY": false, "KEY_FILE": false, "TOKEN_VERSION": false, "": false,
	} {
		if got := hasWord(name, secretWords) && !hasWord(name, plainWords); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestSummarize(t *testing.T) {
	for doc, want := range map[string]string{"": "", "\n\n": "", "a\n": "a", "a\nb\n": "a...", "\r\na\r\nb": "a...", "  a": "a"} {
		if got := summarize(doc); got != want {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}
