package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestVersion runs the program as "docker run IMAGE -version" does, and compares
// what it prints with go.mod and with the table of docs/versions.md.
func TestVersion(t *testing.T) {
	program := filepath.Join(t.TempDir(), "strata-frontend")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-X main.version=1.4.2 -X main.revision=abc", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program, "-version").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if lines[0] != "strata-frontend 1.4.2 abc" {
		t.Errorf("the first line is %q", lines[0])
	}
	equals := regexp.MustCompile(`^equals (docker/dockerfile 1\.\d+) \(BuildKit (v\S+)\)$`).FindStringSubmatch(lines[1])
	if equals == nil {
		t.Fatalf("the second line is %q", lines[1])
	}
	if mod := read(t, "go.mod"); !strings.Contains(mod, "github.com/moby/buildkit "+equals[2]+"\n") {
		t.Errorf("go.mod does not require BuildKit %s", equals[2])
	}
	row := regexp.MustCompile(`(?m)^\| (unreleased|\d+\.\d+) \| ` + regexp.QuoteMeta(equals[1]) + ` \| ` + regexp.QuoteMeta(equals[2]) + ` \|`)
	if !row.MatchString(read(t, "docs/versions.md")) {
		t.Errorf("docs/versions.md has no row for %s, BuildKit %s", equals[1], equals[2])
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
