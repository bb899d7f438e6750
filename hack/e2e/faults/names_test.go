package faults

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// notUTF8 is a name that a client of BuildKit cannot send.
const notUTF8 = "not UTF-8"

// oddities are contents of a context other than files with plain names.
var oddities = map[string]func(t *testing.T, dir string) error{
	notUTF8: func(_ *testing.T, dir string) error {
		return os.WriteFile(filepath.Join(dir, "latin\xe9"), []byte("x"), 0o644)
	},
	"control characters": func(_ *testing.T, dir string) error {
		return os.WriteFile(filepath.Join(dir, "a\n\x01\tb"), []byte("x"), 0o644)
	},
	"longest name": func(_ *testing.T, dir string) error {
		return os.WriteFile(filepath.Join(dir, strings.Repeat("n", 255)), []byte("x"), 0o644)
	},
	"long path": func(_ *testing.T, dir string) error {
		return os.MkdirAll(filepath.Join(dir, strings.Repeat(strings.Repeat("n", 99)+"/", 30)), 0o755)
	},
	"socket": func(t *testing.T, dir string) error {
		t.Chdir(dir) // the path of a socket has to be short
		l, err := net.Listen("unix", "socket")
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	},
	"fifo":        func(_ *testing.T, dir string) error { return syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644) },
	"broken link": link("nowhere", "link"),
	"cyclic link": link("link", "link"),
	"link up":     link("..", "up"),
	"link out":    link("/etc/hostname", "out"),
}

func link(to, name string) func(*testing.T, string) error {
	return func(_ *testing.T, dir string) error { return os.Symlink(to, filepath.Join(dir, name)) }
}

// TestOddContexts copies each oddity with Strata and with the reference: the image,
// or the error, must be the same.
func TestOddContexts(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for name, put := range oddities {
			t.Run(name, func(t *testing.T) {
				p := project(t, scenario.Files{"Dockerfile": earlier + "COPY . /src\n", ".dockerignore": "Dockerfile\n", "dir/file": "x"})
				if err := put(t, filepath.Join(p.Dir, "dir")); err != nil {
					t.Fatal(err)
				}
				got, gotErr := p.Image(d)
				want, wantErr := p.Image(d, reference)
				if name == notUTF8 && gotErr != nil && wantErr != nil {
					tells(t, gotErr, wantErr, "string field contains invalid UTF-8")
					return
				}
				if gotErr != nil || wantErr != nil {
					t.Fatalf("the error is %v, that of the reference %v", gotErr, wantErr)
				}
				want.Ran()
				got.SameImage(want)
				got.Holds(scenario.Files{"/src/dir/file": "x"})
			})
		}
	})
}

// TestIgnoredName excludes a name that cannot be sent.
func TestIgnoredName(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		p := project(t, scenario.Files{"Dockerfile": earlier + "COPY . /src\n", ".dockerignore": "dir/latin*\n", "dir/file": "x"})
		if err := oddities[notUTF8](t, filepath.Join(p.Dir, "dir")); err != nil {
			t.Fatal(err)
		}
		p.On(d).Holds(scenario.Files{"/src/dir/file": "x"})
	})
}

// TestOddCopies copies links without a target.
func TestOddCopies(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for _, c := range []struct{ name, to, says string }{
			{"broken", "nowhere", `"/link/file": not found`},
			{"cyclic", "link", "too many links"},
		} {
			t.Run(c.name, func(t *testing.T) {
				p := project(t, scenario.Files{"Dockerfile": earlier + "FROM earlier\nCOPY link/file /\n"})
				if err := link(c.to, "link")(t, p.Dir); err != nil {
					t.Fatal(err)
				}
				keepsCache(t, d, p, func() {
					got, want := bothFail(t, d, p)
					tells(t, got, want, c.says)
				})
			})
		}
	})
}
