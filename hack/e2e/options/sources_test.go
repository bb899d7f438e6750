package options

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// copying copies the context into an image that has no other files.
const copying = "FROM scratch\nCOPY . /\n"

// archive serves a tar with a context, which has a folder with a second context.
func archive(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range [][2]string{{"Dockerfile", copying + "COPY Dockerfile /archived\n"}, {"from", "archive\n"}, {"sub/from", "folder of the archive\n"}} {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o644, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(b.Bytes()) // the client reports a missing answer
	}))
	t.Cleanup(s.Close)
	return s.URL + "/context.tar"
}

// gitContext is a repository as the context.
func gitContext(t *testing.T) []change {
	s := scenario.NewGitServer(t)
	r := s.Repository(t, "repo")
	r.Commit(scenario.Files{"Dockerfile": copying, "from": "git\n"})
	return []change{scenario.Option("context", s.HTTP+r.Path)}
}

func inputWithConfig(t *testing.T) []change {
	return []change{
		scenario.Option("context:base", "input:base"),
		func(b *buildrun.Build) {
			b.Inputs = map[string]llb.State{"base": llb.Scratch().File(llb.Mkfile("/from", 0o644, []byte("input\n")))}
		},
	}
}

// configOfInput returns the config of the input as a client sends it.
func configOfInput() string {
	image := []byte(`{"os":"linux","architecture":"amd64","config":{"Env":["FROM=input"],"User":"someone"}}`)
	meta, err := json.Marshal(map[string][]byte{exptypes.ExporterImageConfigKey: image})
	if err != nil {
		panic(err)
	}
	return string(meta)
}

var sourceThemes = []theme{
	{
		name: "folder",
		files: scenario.Files{
			"Dockerfile": "FROM scratch AS ctx\nCOPY from /of-stage\nFROM scratch\nCOPY from /\nCOPY --from=ctx / /\n",
			"other":      "FROM scratch\nCOPY from /other\n", "from": "folder\n",
		},
		effects: []effect{
			{option: "filename", with: []change{scenario.Option("filename", "other")}, see: names},
			{option: "context:NAME", with: []change{scenario.Option("context:ctx", "docker-image://busybox")}, see: names},
			{option: "context:NAME", name: "local", with: []change{scenario.Option("context:ctx", "local:dockerfile")}, see: names},
			{option: "context:NAME", name: "platform", with: []change{scenario.Option("context:ctx::linux/amd64", "local:dockerfile")}, see: names},
		},
	},
	{
		name:   "archive",
		files:  scenario.Files{"Dockerfile": copying, "from": "folder\n"},
		before: func(t *testing.T) []change { return []change{scenario.Option("elsewhere", archive(t))} },
		effects: []effect{
			{option: "contextkey", with: []change{scenario.Option("contextkey", "elsewhere")}, see: file("/from")},
			{option: "context", with: []change{copyOption("elsewhere", "context")}, see: file("/from")},
		},
	},
	{
		name:   "of an archive",
		files:  scenario.Files{"Dockerfile": copying, "from": "folder\n"},
		before: func(t *testing.T) []change { return []change{scenario.Option("context", archive(t))} },
		effects: []effect{
			{option: "contextsubdir", with: []change{scenario.Option("contextsubdir", "sub")}, see: file("/from")},
			{option: "dockerfilekey", with: []change{scenario.Option("dockerfilekey", "dockerfile")}, see: names},
		},
	},
	{
		name:   "git",
		before: gitContext,
		effects: []effect{
			{option: "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", with: []change{scenario.Option("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1")}, see: file("/.git/HEAD")},
			{option: "build-arg:SOURCE_DATE_EPOCH", with: []change{scenario.Option("build-arg:SOURCE_DATE_EPOCH", "1600000000")}, see: created},
			{option: "build-arg:SOURCE_DATE_EPOCH", name: "context", with: []change{scenario.Option("build-arg:SOURCE_DATE_EPOCH", "context")}, see: created},
		},
	},
	{
		name:   "input",
		files:  scenario.Files{"Dockerfile": "FROM base\n"},
		before: inputWithConfig,
		effects: []effect{
			{option: "input-metadata:NAME", with: []change{scenario.Option("input-metadata:base", configOfInput())}, see: config},
		},
	},
}

// copyOption gives an option the value of another option.
func copyOption(from, to string) change {
	return func(b *buildrun.Build) { scenario.Option(to, b.Attrs[from])(b) }
}

// created returns the creation time of the image.
func created(o *outcome) string {
	var c struct{ Created time.Time }
	if err := json.Unmarshal([]byte(strings.ReplaceAll(o.config, "CASE", "")), &c); err != nil {
		return err.Error()
	}
	return c.Created.String() + o.failure()
}
