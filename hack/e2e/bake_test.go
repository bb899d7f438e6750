package e2e

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"io"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// machines are the platforms of the image with their machine types.
var machines = map[string]elf.Machine{
	"linux/amd64":   elf.EM_X86_64,
	"linux/arm64":   elf.EM_AARCH64,
	"linux/arm/v7":  elf.EM_ARM,
	"linux/riscv64": elf.EM_RISCV,
	"linux/ppc64le": elf.EM_PPC64,
	"linux/s390x":   elf.EM_S390,
}

// bake bakes targets of docker-bake.hcl, like a reader of the README.
func bake(t *testing.T, arguments string) {
	t.Helper()
	release(t, checkout(t), "$BUILDX bake --progress=plain "+arguments)
}

// TestBakeChecks runs the project's own checks in a container, for the package whose
// tests read files of all folders. "make check" has run the tests of the others.
func TestBakeChecks(t *testing.T) { bake(t, "lint test --set '*.args.PACKAGES=./internal/pages'") }

// checkFrontendImage checks that the image has one static program and the labels
// for BuildKit and for users.
func checkFrontendImage(t *testing.T, platform string, img v1.Image) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{
		"moby.buildkit.frontend.network.none", "moby.buildkit.frontend.caps",
		"org.opencontainers.image.title", "org.opencontainers.image.licenses",
		"org.opencontainers.image.version", "org.opencontainers.image.revision",
	} {
		if config.Config.Labels[label] == "" {
			t.Errorf("%s: no label %s", platform, label)
		}
	}
	files := regularFiles(t, img)
	program, ok := files["bin/strata-frontend"]
	if !ok || len(files) != 1 || !slices.Equal(config.Config.Entrypoint, []string{"/bin/strata-frontend"}) {
		t.Fatalf("%s: the image has %d files and starts %q", platform, len(files), config.Config.Entrypoint)
	}
	binary, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatalf("%s: %v", platform, err)
	}
	if want, known := machines[platform]; !known || binary.Machine != want {
		t.Errorf("%s: the program is for %s", platform, binary.Machine)
	}
	if binary.Section(".interp") != nil || binary.Section(".debug_info") != nil || binary.Section(".symtab") != nil {
		t.Errorf("%s: the program is not static and stripped", platform)
	}
}

func regularFiles(t *testing.T, img v1.Image) map[string][]byte {
	t.Helper()
	layers := mutate.Extract(img)
	defer layers.Close()
	files := map[string][]byte{}
	for r := tar.NewReader(layers); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if files[strings.TrimPrefix(h.Name, "/")], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}
