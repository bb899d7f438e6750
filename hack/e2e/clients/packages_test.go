package clients

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// packages is a server with one package, for npm, pip, Go and simple programs. The
// first element of a path is the program.
type packages struct {
	*httptest.Server
	name  string
	files map[string][]byte
	mu    sync.Mutex
	// downloads are the numbers of downloads of the package by each program.
	downloads map[string]int
}

func servePackages(t *testing.T, name string) *packages {
	p := &packages{name: name, files: map[string][]byte{}, downloads: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	wheel := strings.ReplaceAll(name, "-", "_") + "-1.0"
	p.files["/pip/"+name+"/"] = fmt.Appendf(nil, "<a href=%q>a</a>", wheel+"-py3-none-any.whl")
	p.files["/pip/"+name+"/"+wheel+"-py3-none-any.whl"] = zipOf(t, scenario.Files{
		"dep.py": "", wheel + ".dist-info/METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n",
		wheel + ".dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", wheel + ".dist-info/RECORD": "",
	})
	p.files["/npm/"+name+"/-/"+name+"-1.0.0.tgz"] = tgzOf(t, "package/package.json", fmt.Sprintf(`{"name": %q, "version": "1.0.0"}`, name))
	module := "example.com/" + name
	version := "/go/" + module + "/@v/v1.0.0"
	p.files[version+".info"] = []byte(`{"Version": "v1.0.0"}`)
	p.files[version+".mod"] = []byte("module " + module + "\n")
	p.files[version+".zip"] = zipOf(t, scenario.Files{module + "@v1.0.0/go.mod": "module " + module + "\n", module + "@v1.0.0/dep.go": "package dep\n"})
	return p
}

func (p *packages) serve(w http.ResponseWriter, r *http.Request) {
	tool, rest, _ := strings.Cut(r.URL.Path[1:], "/")
	content, ok := p.files[r.URL.Path]
	if rest == p.name { // of a simple program
		content, ok = []byte(rest), true
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	if rest == p.name || slices.Contains([]string{".tgz", ".whl", ".zip"}, filepath.Ext(rest)) {
		p.mu.Lock()
		p.downloads[tool]++
		p.mu.Unlock()
	}
	w.Header().Set("Cache-Control", "max-age=3600")
	if strings.HasSuffix(rest, "/") {
		w.Header().Set("Content-Type", "text/html")
	}
	w.Write(content)
}

// counts returns the numbers of downloads until now.
func (p *packages) counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.downloads)
}

// project returns a project with the manifests of all package managers, which
// depend on the package.
func (p *packages) project(t *testing.T) scenario.Files {
	tarball := "/npm/" + p.name + "/-/" + p.name + "-1.0.0.tgz"
	digest := sha512.Sum512(p.files[tarball])
	dependency := fmt.Sprintf(`"description": "first", "dependencies": {%q: "1.0.0"}`, p.name)
	files := scenario.Files{
		"src/a.txt": "a " + p.name, ".dockerignore": "Dockerfile\n",
		"package.json": "{" + dependency + "}",
		"package-lock.json": fmt.Sprintf(`{"lockfileVersion": 3, "requires": true, "packages": {"": {%s}, %q: {"version": "1.0.0", "resolved": %q, "integrity": "sha512-%s"}}}`,
			dependency, "node_modules/"+p.name, p.URL+tarball, base64.StdEncoding.EncodeToString(digest[:])),
		"requirements.txt": p.name + "==1.0 # first\n",
		"go.mod":           "module app // first\ngo 1.24\nrequire example.com/" + p.name + " v1.0.0\n",
		"go.sum":           p.sums(t),
		"main.go":          "package main\nimport _ \"example.com/" + p.name + "\"\n",
		"Gemfile.lock":     "PLATFORMS # first\n  x86_64-linux\n",
		"Cargo.toml":       "[package]\ndescription = \"first\"\n[[bin]]\nname = \"a\"\npath = \"src/main.rs\"\n[dependencies]\n" + p.name + " = \"1\"\n",
		"gradle/wrapper/gradle-wrapper.properties": "",
		"mvnw": "#!/bin/sh\nexec /bin/mvnw\n", "gradlew": "#!/bin/sh\nexec /bin/gradlew\n",
	}
	for _, name := range []string{
		"yarn.lock", "pnpm-lock.yaml", "bun.lock", "Pipfile", "Pipfile.lock", "pyproject.toml", "poetry.lock", "uv.lock", "Gemfile",
		"composer.json", "composer.lock", "mix.exs", "mix.lock", "pom.xml", "Cargo.lock", "build.gradle", "settings.gradle", "app.csproj",
	} {
		files[name] = p.name + " first\n"
	}
	return files
}

// sums returns the content of go.sum.
func (p *packages) sums(t *testing.T) string {
	module := "example.com/" + p.name
	archive := filepath.Join(t.TempDir(), "zip")
	if err := os.WriteFile(archive, p.files["/go/"+module+"/@v/v1.0.0.zip"], 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := dirhash.HashZip(archive, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(p.files["/go/"+module+"/@v/v1.0.0.mod"])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s v1.0.0 %s\n%s v1.0.0/go.mod %s\n", module, whole, module, manifest)
}

func zipOf(t *testing.T, files scenario.Files) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tgzOf(t *testing.T, name, content string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
