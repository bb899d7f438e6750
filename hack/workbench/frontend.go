package workbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// FrontendImage is Strata's frontend image in the loopback registry.
type FrontendImage struct {
	Ref    string `json:"ref"` // such as 127.0.0.1:15500/stratabuild/strata:dev
	Digest string `json:"digest"`
	// Program is the frontend's binary on this machine.
	Program string `json:"program"`
}

// Pinned returns a reference that always names this image, even after later pushes.
func (f FrontendImage) Pinned() string { return f.Ref + "@" + f.Digest }

// FrontendImage builds Strata's frontend image from the checkout and pushes it into
// the loopback registry. If nothing has changed it only returns the existing image.
//
// The program is compiled on the machine, where the compiler's cache is warm. The
// checkout's own Dockerfile then builds the image; a named context replaces the
// stage that would compile the program.
func (b *Env) FrontendImage(ctx context.Context) (FrontendImage, error) {
	src, err := Checkout()
	if err != nil {
		return FrontendImage{}, err
	}
	sum := sha256.Sum256([]byte(src)) // two checkouts do not share their programs
	dir := b.state.path("frontend", hex.EncodeToString(sum[:6]))
	lock, err := host.WaitLock(ctx, filepath.Join(dir, "lock"), nil)
	if err != nil {
		return FrontendImage{}, err
	}
	defer lock.Unlock()
	f := FrontendImage{
		Ref:     b.registry + "/stratabuild/strata:dev",
		Program: filepath.Join(dir, "stage", "out", "bin", "strata-frontend"),
	}
	if err := GoBuild(ctx, src, []string{"build", "-tags=grpcnotrace", "./cmd/strata-frontend"}, f.Program); err != nil {
		return FrontendImage{}, fmt.Errorf("compile the frontend: %w", err)
	}
	return b.pushFrontend(ctx, src, dir, f)
}

// pushFrontend makes the image unless the registry already has it.
func (b *Env) pushFrontend(ctx context.Context, src, dir string, f FrontendImage) (FrontendImage, error) {
	stamp, err := host.Stamp([]string{f.Program, filepath.Join(src, "Dockerfile")})
	if err != nil {
		return FrontendImage{}, err
	}
	var last struct {
		Stamp string
		Image FrontendImage
	}
	record := filepath.Join(dir, "image.json")
	if host.ReadJSON(record, &last) == nil && last.Stamp == stamp && last.Image.Ref == f.Ref {
		if found, err := crane.Digest(f.Ref, crane.Insecure, crane.WithContext(ctx)); err == nil && found == last.Image.Digest {
			return last.Image, nil
		}
	}
	err = host.During("making the frontend image", func() (err error) {
		f.Digest, err = b.push(ctx, buildrun.Build{
			Context: src,
			Named:   map[string]string{"build": filepath.Join(dir, "stage")},
			Args:    map[string]string{"SOURCE_DATE_EPOCH": "0"},
			Exports: []buildrun.Export{buildrun.Push(f.Ref).With("rewrite-timestamp", "true").With("oci-mediatypes", "true")},
		})
		return err
	})
	if err != nil {
		return FrontendImage{}, err
	}
	last.Stamp, last.Image = stamp, f
	return f, host.WriteJSON(record, last)
}

// ReferenceImage pushes an image of the reference's frontend, like the image of its
// own Dockerfile, and returns its pinned reference.
func (b *Env) ReferenceImage(ctx context.Context) (string, error) {
	program, err := b.Tool(ctx, "dockerfile-frontend")
	if err != nil {
		return "", err
	}
	const dockerfile = `FROM scratch
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd"
COPY --from=program dockerfile-frontend /bin/dockerfile-frontend
ENTRYPOINT ["/bin/dockerfile-frontend"]
`
	return b.PushImage(ctx, "reference/dockerfile", dockerfile, program)
}

// PushImage pushes an image of a program on this machine, built by a Dockerfile, and
// returns its pinned reference. The program's folder is the context named program.
func (b *Env) PushImage(ctx context.Context, name, dockerfile, program string) (string, error) {
	dir, err := os.MkdirTemp("", "strata-image-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
		return "", err
	}
	ref := b.registry + "/" + name + ":1"
	digest, err := b.push(ctx, buildrun.Build{
		Context: dir,
		Named:   map[string]string{"program": filepath.Dir(program)},
		Exports: []buildrun.Export{buildrun.Push(ref)},
	})
	return ref + "@" + digest, err
}

// push runs a build on the shared daemon, and returns the digest of its image.
func (b *Env) push(ctx context.Context, build buildrun.Build) (digest string, err error) {
	c, err := b.Client(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	rep, err := buildrun.Run(ctx, c, build)
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, rep)
	}
	return rep.Digest(), nil
}
