package baseimage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/workbench"
)

// TestImagesDoTheirWork runs typical commands of Dockerfiles in each image.
func TestImagesDoTheirWork(t *testing.T) {
	bench, err := workbench.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := bench.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for image, script := range map[string]string{
		"busybox": `id -u && wget --help 2>&1 | head -n 1`,
		"alpine": `cat /etc/alpine-release && addgroup -S app && adduser -S -G app app && adduser -D bob &&
			addgroup bob app && id bob | grep -q app && su bob -s /bin/sh -c 'test "$(pwd)" = / && touch ~/mine'`,
		"debian:bookworm-slim": `. /etc/os-release && test "$ID" = debian && apt-get --version && test ! -d /usr/share/man/man1`,
		"python:3.11-slim": `python --version && pip --version && python3 -m venv --without-pip /v && python -c 'import ssl, sqlite3, zlib' &&
			mkdir /p && cd /p && printf '[project]\nname="p"\nversion="1"\n' > pyproject.toml &&
			pip install --no-index --no-build-isolation --no-cache-dir . && pip list | grep '^p '`,
		"golang:1.26":  `test "$(pwd)" = /go && go version && git --version && test "$(go env GOPATH)" = /go && mkdir /x && cd /x && go mod init x && go list -m`,
		"node:18-slim": `node -e 'process.exit(process.version.startsWith("v18.") ? 0 : 1)' && npm --version && npx --version && id node && docker-entrypoint.sh -e 'console.log(1)'`,
	} {
		t.Run(strings.ReplaceAll(image, ":", "-"), func(t *testing.T) {
			if _, err := bench.EnsureImages(t.Context(), image); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			dockerfile := fmt.Sprintf("FROM %s\nRUN : %d\nRUN <<EOF\nset -e\n%s\nEOF\n", image, time.Now().UnixNano(), script)
			if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
				t.Fatal(err)
			}
			rep, err := buildrun.Run(t.Context(), c, buildrun.Build{Context: dir})
			if err != nil {
				t.Errorf("%v\n%s", err, rep.Logs())
			}
		})
	}
}
