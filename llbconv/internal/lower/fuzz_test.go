package lower

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzPorts parses arbitrary words of EXPOSE: the result is ports with a protocol,
// or an error.
func FuzzPorts(f *testing.F) {
	for _, s := range []string{"80", "80-90/udp", "127.0.0.1:80:80", "[::1]:1-2:3-4/sctp", "::", "-", "/", "0-65535", "[]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		ports, err := alone().ports(spec)
		if (err == nil) != (len(ports) > 0) {
			t.Fatalf("%q: %v, %v", spec, ports, err)
		}
		for _, p := range ports {
			number, proto, _ := strings.Cut(p, "/")
			if n, err := strconv.Atoi(number); err != nil || n < 0 || n > 65535 || !slices.Contains([]string{"tcp", "udp", "sctp"}, proto) {
				t.Fatalf("%q: port %q", spec, p)
			}
		}
	})
}

// FuzzParseChmod parses arbitrary values of --chmod.
func FuzzParseChmod(f *testing.F) {
	for _, s := range []string{"", "755", "u=rwX,go=rX", "+x", "07777", "a-w,u+s", "u", "=", ","} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := parseChmod(s)
		if n, octal := strconv.ParseUint(s, 8, 64); octal == nil && (err == nil) != (n <= 0o7777) {
			t.Errorf("%q: %v", s, err)
		}
	})
}

// FuzzDestination joins arbitrary destinations of COPY, on both systems.
func FuzzDestination(f *testing.F) {
	for _, s := range []string{"", ".", "/", "a/", "../..", `C:\a`, `\\host\share`, "c:", "C:C:C:/", "./.", "a/./b/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, dest string) {
		for _, os := range []string{"linux", "windows"} {
			s := State{Dir: "/work"}
			s.Platform.value.OS = os
			got, err := s.absolute(dest)
			if err == nil && !strings.HasPrefix(got, "/") && os != "windows" { // C:C:C:/ is C:/ to BuildKit as well
				t.Errorf("%s: %q is %q", os, dest, got)
			}
		}
	})
}
