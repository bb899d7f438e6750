package clients

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/containerd/console"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// edited returns a project whose next build has a cause to report.
func edited(t *testing.T, w way) *scenario.Project {
	t.Helper()
	p := newApp(t, w)
	p.Write("app.py", "else\n")
	return p
}

const editedLine = "why: app.py changed (+1 -2 lines): line 6 COPY ran again"

// TestWhyInEachMode reads the line in each mode of buildx's progress.
func TestWhyInEachMode(t *testing.T) {
	w := ways()[2]
	t.Run("quiet", func(t *testing.T) {
		s := w.build(t, edited(t, w), flags{buildx: []string{"--quiet"}}).succeed(t)
		if text := s.out + s.err; strings.Contains(text, "why") {
			t.Errorf("it says why:\n%s", text)
		}
	})
	t.Run("plain", func(t *testing.T) {
		s := w.build(t, edited(t, w), flags{buildx: []string{"--progress=plain"}}).succeed(t)
		if n := strings.Count(s.err, editedLine); n != 1 || strings.Contains(s.err, "[internal] compare") {
			t.Errorf("the line is there %d times:\n%s", n, s.err)
		}
	})
	t.Run("rawjson", func(t *testing.T) {
		s := w.build(t, edited(t, w), explained.and(flags{buildx: []string{"--progress=rawjson", "--output=type=cacheonly"}})).succeed(t)
		names := map[string]bool{}
		for line := range strings.Lines(s.err) {
			var status struct{ Vertexes []struct{ Name string } }
			if err := json.Unmarshal([]byte(line), &status); err != nil {
				t.Fatalf("%v\n%s", err, line)
			}
			for _, v := range status.Vertexes {
				names[v.Name] = true
			}
		}
		if !names[editedLine] {
			t.Errorf("the line is not in %v", names)
		}
	})
	t.Run("tty", func(t *testing.T) {
		shown := w.build(t, edited(t, w), explained.and(flags{buildx: []string{"--progress=tty"}})).onTerminal(t)
		if !strings.Contains(shown, "=> "+editedLine) || strings.Contains(shown, "[internal] compare") {
			t.Errorf("the terminal shows\n%s", shown)
		}
	})
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// onTerminal runs the program on a separate terminal, and returns its output
// without colours and cursor movements.
func (c command) onTerminal(t *testing.T) string {
	t.Helper()
	terminal, name, err := console.NewPty()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if err := terminal.Resize(console.WinSize{Width: 200, Height: 50}); err != nil {
		t.Fatal(err)
	}
	cmd, err := scenario.Env().Command(t.Context(), c.tool, c.args...)
	if err != nil {
		t.Fatal(err)
	}
	side, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.dir, side, side, side
	err = cmd.Start()
	side.Close()
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	_, _ = io.Copy(&shown, terminal) // ends with an error when the program does
	text := escapes.ReplaceAllString(shown.String(), "")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return text
}

// TestWhyOfTwoTargets bakes two targets, each of which prints its lines.
func TestWhyOfTwoTargets(t *testing.T) {
	own := scenario.Unique()
	p := scenario.New(t, scenario.Files{
		"docker-bake.hcl": "group \"default\" { targets = [\"one\", \"two\"] }\n" +
			"target \"one\" { target = \"one-" + own + "\" }\ntarget \"two\" { target = \"two-" + own + "\" }\n",
		"Dockerfile": "FROM busybox AS one-" + own + "\nCOPY a /" + own + "\nFROM busybox AS two-" + own + "\nCOPY b /" + own + "\n",
		"a":          "a\n", "b": "b\n",
	})
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	bake := command{tool: "buildx", dir: p.Dir, args: []string{
		"bake", "--set", "*.output=type=cacheonly", "--set", "*.args.BUILDKIT_SYNTAX=" + scenario.Frontend(), "--set", "*.args.STRATA_WHY=on", "--metadata-file=" + metadata,
	}}
	if s := bake.succeed(t); strings.Contains(s.err, "why:") {
		t.Errorf("first builds say why:\n%s", s.err)
	}
	p.Write("a", "else\n")
	p.Write("b", "b\nmore\n")
	s := bake.succeed(t)
	for _, want := range []string{"why: a changed (+1 -1 lines): line 2 COPY ran again", "why: b changed (+1 line): line 4 COPY ran again"} {
		if n := strings.Count(s.err, want); n != 1 {
			t.Errorf("%d times %q:\n%s", n, want, s.err)
		}
	}
	m := readMetadata(t, metadata)
	for _, target := range []string{"one", "two"} {
		of, _ := m[target].(map[string]any)
		said, _ := of["frontend.strata.cache"].(map[string]any)
		if causes, _ := said["causes"].([]any); len(causes) != 1 {
			t.Errorf("of %s the metadata has %v", target, of["frontend.strata.cache"])
		}
	}
}

// TestWhyOfPlatforms checks that causes which all platforms share are printed once.
func TestWhyOfPlatforms(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY a /" + scenario.Unique() + "\n", "a": "a\n"})
	platforms := explained.and(flags{buildx: []string{"--platform=linux/amd64,linux/arm64"}})
	w := ways()[1]
	w.build(t, p, platforms).succeed(t)
	p.Write("a", "else\n")
	s := w.build(t, p, platforms).succeed(t)
	if n := strings.Count(s.err, "why: "); n != 1 || !strings.Contains(s.err, "why: a changed (+1 -1 lines): line 2 COPY ran again\n") {
		t.Errorf("%d lines:\n%s", n, s.err)
	}
}
