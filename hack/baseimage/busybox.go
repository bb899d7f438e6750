package baseimage

import (
	"archive/tar"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

const plainPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// busyboxRecipes are the small images; both are Debian's static busybox.
var busyboxRecipes = []*recipe{
	{
		tags:    []string{"busybox:latest", "busybox:stable", "busybox:stable-musl", "busybox:stable-glibc", "busybox:musl", "busybox:1.35"},
		version: "2",
		layers:  func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) { return s.busybox(ctx, nil) },
		config: func(_ context.Context, c *v1.Config) error {
			c.Env, c.Cmd = []string{plainPath}, []string{"sh"}
			return nil
		},
	},
	{
		tags:    []string{"alpine:latest", "alpine:3.20", "alpine:3"},
		version: "2",
		layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
			return s.busybox(ctx, alpineFiles)
		},
		config: func(_ context.Context, c *v1.Config) error {
			c.Env, c.Cmd, c.WorkingDir = []string{plainPath}, []string{"/bin/sh"}, "/"
			return nil
		},
	},
}

// file is a small file of an image.
type file struct {
	name string
	mode os.FileMode
	data string
}

var smallSystem = []file{
	{"etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n"},
	{"etc/group", 0o644, "root:x:0:\ndaemon:x:1:\nbin:x:2:\nwheel:x:10:root\nwww-data:x:33:\nnogroup:x:65533:\nnobody:x:65534:\n"},
	{"etc/shadow", 0o640, "root:*::0:::::\nnobody:*::0:::::\n"},
	{"etc/nsswitch.conf", 0o644, "hosts: files dns\n"},
	{"usr/sbin/adduser", 0o755, adduserScript},
	{"usr/sbin/addgroup", 0o755, addgroupScript},
}

var alpineFiles = []file{
	{"etc/alpine-release", 0o644, "3.20.0\n"},
	{"etc/os-release", 0o644, "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.0\nPRETTY_NAME=\"Alpine Linux v3.20\"\n"},
	{"sbin/apk", 0o755, "#!/bin/sh\necho \"apk: this image is a stand-in for alpine made of busybox; it has no packages\" >&2\nexit 1\n"},
}

// Debian's busybox is built without these two, which real images have.
var (
	//go:embed scripts/adduser.sh
	adduserScript string
	//go:embed scripts/addgroup.sh
	addgroupScript string
)

func (s *Store) busybox(ctx context.Context, more []file) ([]*layer, error) {
	deb, err := s.Log.UnpackDeb(ctx, s.Debs, "busybox-static")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.Dir, "busybox-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := layOutBusybox(ctx, dir, filepath.Join(deb, "bin", "busybox")); err != nil {
		return nil, err
	}
	if err := writeFiles(dir, append(more, smallSystem...)); err != nil {
		return nil, err
	}
	if err := addCertificates(dir); err != nil {
		return nil, err
	}
	l, err := s.newLayer("busybox-static and a small /etc", func(tw *tar.Writer) error {
		return (&tree{dir: dir, asRoot: true}).write(tw)
	})
	return []*layer{l}, err
}

// layOutBusybox links every applet to the one program: where Debian has it, and
// in /bin, where the busybox image has them all.
func layOutBusybox(ctx context.Context, dir, busybox string) error {
	for _, d := range []string{"bin", "sbin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/sbin", "usr/local/bin", "usr/lib", "var/tmp", "var/www", "lib"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for d, mode := range map[string]os.FileMode{"tmp": 0o777 | os.ModeSticky, "var/tmp": 0o777 | os.ModeSticky, "root": 0o700} {
		if err := os.Chmod(filepath.Join(dir, d), mode); err != nil {
			return err
		}
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "bin/busybox"), program, 0o755); err != nil {
		return err
	}
	applets, err := host.Command{Argv: []string{busybox, "--list-full"}}.Run(ctx)
	if err != nil {
		return fmt.Errorf("ask busybox for its applets: %w", err)
	}
	for _, applet := range strings.Fields(applets) {
		if applet == "linuxrc" {
			continue
		}
		for _, link := range []string{applet, filepath.Join("bin", filepath.Base(applet))} {
			if err := linkApplet(dir, link); err != nil {
				return err
			}
		}
	}
	return nil
}

func linkApplet(dir, name string) error {
	link := filepath.Join(dir, name)
	if host.FileExists(link) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	return os.Link(filepath.Join(dir, "bin/busybox"), link)
}

func writeFiles(dir string, files []file) error {
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		// A link of an applet must not be written through.
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.WriteFile(name, []byte(f.data), f.mode); err != nil {
			return err
		}
		if err := os.Chmod(name, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// addCertificates gives the tree the machine's certificates: the bundle, and
// the machine's own ones where update-ca-certificates finds them.
func addCertificates(dir string) error {
	bundle, err := os.ReadFile(caBundle)
	if err != nil {
		return nil // the machine has none, so neither has the image
	}
	files := []file{{caBundle, 0o644, string(bundle)}}
	own, err := filepath.Glob("/usr/local/share/ca-certificates/*.crt")
	if err != nil {
		return err
	}
	for _, name := range own {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, file{name, 0o644, string(data)})
	}
	return writeFiles(dir, files)
}
