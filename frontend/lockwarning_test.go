package frontend

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/diag"
)

// A source that the lock does not have is a warning at its line, which goes through
// the filter of all warnings, or an error.
func TestSourceThatIsNotLocked(t *testing.T) {
	c := locked(t, lockable("FROM busybox\n", nil))
	c.Dockerfile = []byte("FROM busybox\nCOPY --from=alpine /a /\nADD https://example.com/file /\nCOPY --from=alpine /b /\n")
	gw := difftest.NewGateway(c)
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	warnings := gw.Warnings()
	if len(warnings) != 2 || !strings.HasPrefix(warnings[0].Message, "NotLocked: alpine is not in Dockerfile.lock (write it with") ||
		warnings[0].Opts.Range[0].Start.Line != 2 || warnings[1].Opts.Range[0].Start.Line != 3 {
		t.Errorf("the warnings are %v", warnings)
	}
	skipped := c
	skipped.Dockerfile = append([]byte("# check=skip=NotLocked\n"), c.Dockerfile...)
	gw = difftest.NewGateway(skipped)
	if _, err := Build(t.Context(), gw); err != nil || len(gw.Warnings()) > 0 {
		t.Errorf("with check=skip: %v %v", gw.Warnings(), err)
	}
	c.Options.BuildArgs = map[string]string{"STRATA_LOCK": "require"}
	_, err := Build(t.Context(), difftest.NewGateway(c))
	var many *diag.Errors
	if !errors.As(err, &many) || len(many.Diagnostics) != 2 || many.Diagnostics[0].Line() != 2 || !strings.Contains(err.Error(), "alpine is not in Dockerfile.lock, and STRATA_LOCK=require") {
		t.Errorf("with require the error is %v", err)
	}
}

// The error about a pinned image that cannot be fetched names the line of the lock, and
// that about another image does not.
func TestPinnedImageIsGone(t *testing.T) {
	c := locked(t, lockable("FROM busybox\nCOPY --from=alpine:3.18 /a /\n", nil))
	c.Options.Images = map[string]difftest.Image{"alpine": {Error: "not found"}}
	_, err := Build(t.Context(), difftest.NewGateway(c))
	want := regexp.MustCompile(`^alpine:3\.18: not found \(Dockerfile\.lock:2 pins it to sha256:[0-9a-f]{64}; if the registry no longer has that, update the lock or build with STRATA_LOCK=off\)$`)
	var many *diag.Errors
	if !errors.As(err, &many) || !want.MatchString(err.Error()) || many.Diagnostics[0].Hint == "" || many.Diagnostics[0].Line() != 2 {
		t.Errorf("the error is %v", err)
	}
	for _, mode := range []string{"off", "update"} {
		c.Options.BuildArgs = map[string]string{"STRATA_LOCK": mode}
		if _, err := Build(t.Context(), difftest.NewGateway(c)); err == nil || strings.Contains(err.Error(), "Dockerfile.lock:") {
			t.Errorf("with %s the error is %v", mode, err)
		}
	}
}

// A source that only one of the platforms has is a warning too, and one that all of
// them have is one warning. Each can be skipped like a lint rule.
func TestSourceOfAPlatformThatIsNotLocked(t *testing.T) {
	c := lockable("ARG TARGETARCH\nFROM img-$TARGETARCH\n", nil)
	c.Options.Images = map[string]difftest.Image{"*": {}}
	c.Options.Platform = "linux/amd64"
	c = locked(t, c)
	c.Options.Platform = "linux/amd64,linux/arm64"
	const dockerfile = "ARG TARGETARCH\nFROM img-$TARGETARCH\nCOPY --from=alpine /a /\nADD https://example.com/${TARGETARCH:-a} /\nCOPY --from=alpine /b /\n"
	skip := func(line string) string { return strings.Replace(dockerfile, line, "# check=skip=NotLocked\n"+line, 1) }
	all, none := "skip=all", "skip=NotLocked"
	for _, try := range []struct {
		dockerfile string
		check      *string
		want       []string
	}{
		{dockerfile, nil, []string{"2 img-arm64", "3 alpine", "4 https://example.com/a"}},
		{"# check=skip=NotLocked\n" + dockerfile, nil, nil},
		{dockerfile, &all, nil},
		{dockerfile, &none, nil},
		{skip("FROM"), nil, []string{"4 alpine", "5 https://example.com/a"}},
		{skip("ADD"), nil, []string{"2 img-arm64", "3 alpine"}},
		{skip("COPY"), nil, []string{"2 img-arm64", "5 https://example.com/a", "6 alpine"}},
	} {
		c.Dockerfile, c.Options.Check = []byte(try.dockerfile), try.check
		gw := difftest.NewGateway(c)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range gw.Warnings() {
			if name, ok := strings.CutPrefix(w.Message, "NotLocked: "); ok {
				got = append(got, fmt.Sprint(w.Opts.Range[0].Start.Line, " ", name[:strings.Index(name, " is not")]))
			}
		}
		if slices.Sort(got); !slices.Equal(got, try.want) {
			t.Errorf("%s\nthe warnings are %q, not %q", try.dockerfile, got, try.want)
		}
	}
}

// The command in a message names the Dockerfile, and what the names of sources depend
// on.
func TestCommandInWarnings(t *testing.T) {
	const plain, variable = "FROM busybox\nARG V\n", "ARG V=1\nFROM busybox:$V\n"
	args := map[string]string{"V": "1", "STRATA_WHY": "off"}
	for _, try := range []struct {
		dockerfile, filename, platform string
		args                           map[string]string
		want                           string // after --call=lock
	}{
		{plain, "", "linux/amd64", args, ". > Dockerfile.lock)"},
		{plain, "docker/web.Dockerfile", "", nil, "-f docker/web.Dockerfile . > docker/web.Dockerfile.lock)"},
		{variable, "", "", map[string]string{"STRATA_WHY": "off"}, ". > Dockerfile.lock.new && mv Dockerfile.lock.new Dockerfile.lock)"},
		{variable, "web", "", args, "-f web . > web.lock.new && mv web.lock.new web.lock, with the same --build-arg)"},
		{variable, "web", "linux/arm64", args, "-f web . > web.lock.new && mv web.lock.new web.lock, with the same --build-arg and --platform)"},
	} {
		c := lockable(try.dockerfile, try.args)
		c.Options.Platform = try.platform
		if try.filename != "" {
			c.Options.Opts = map[string]string{"filename": try.filename}
		}
		lock := `{"version":1,"rules":[]}`
		c.Options.Lock = &lock
		gw := difftest.NewGateway(c)
		if _, err := Build(t.Context(), gw); err != nil {
			t.Fatal(err)
		}
		if w := gw.Warnings(); len(w) != 1 || !strings.HasSuffix(w[0].Message, "(write it with docker buildx build --call=lock "+try.want+" (line "+fmt.Sprint(w[0].Opts.Range[0].Start.Line)+")") {
			t.Errorf("the warnings are %v, without %q", w, try.want)
		}
	}
}
