package workbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

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

// Pinned is the reference that names this very image, whatever is pushed later.
func (f FrontendImage) Pinned() string { return f.Ref + "@" + f.Digest }

// FrontendImage builds Strata's frontend image from the checkout and pushes it
// into the loopback registry; if nothing has changed it only says where it is.
//
// The program is compiled on the machine, where the compiler's cache is warm.
// The image is then made by the checkout's own Dockerfile, in which a named
// context takes the place of the stage that would have compiled it.
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
	defer lock.Release()
	f := FrontendImage{
		Ref:     b.registry + "/stratabuild/strata:dev",
		Program: filepath.Join(dir, "stage", "out", "bin", "strata-frontend"),
	}
	if err := goBuild(ctx, src, []string{"build", "-tags=grpcnotrace", "./cmd/strata-frontend"}, f.Program); err != nil {
		return FrontendImage{}, fmt.Errorf("compile the frontend: %w", err)
	}
	return b.pushFrontend(ctx, src, dir, f)
}

// pushFrontend makes the image unless the registry has it from the last time.
func (b *Env) pushFrontend(ctx context.Context, src, dir string, f FrontendImage) (FrontendImage, error) {
	stamp, err := hashFiles(f.Program, filepath.Join(src, "Dockerfile"))
	if err != nil {
		return FrontendImage{}, err
	}
	var last struct {
		Stamp string
		Image FrontendImage
	}
	record := filepath.Join(dir, "image.json")
	if raw, err := os.ReadFile(record); err == nil && json.Unmarshal(raw, &last) == nil &&
		last.Stamp == stamp && last.Image.Ref == f.Ref && b.imageStore().Holds(ctx, f.Ref, last.Image.Digest) {
		return last.Image, nil
	}
	err = b.log.During("making the frontend image", func() (err error) {
		f.Digest, err = b.buildFrontend(ctx, src, filepath.Join(dir, "stage"), f.Ref)
		return err
	})
	if err != nil {
		return FrontendImage{}, err
	}
	last.Stamp, last.Image = stamp, f
	raw, err := json.Marshal(last)
	if err != nil {
		return FrontendImage{}, err
	}
	return f, os.WriteFile(record, raw, 0o644)
}

func (b *Env) buildFrontend(ctx context.Context, src, stage, ref string) (string, error) {
	c, err := b.Client(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	rep, err := buildrun.Run(ctx, c, buildrun.Build{
		Frontend: buildrun.Builtin,
		Context:  src,
		Named:    map[string]string{"build": stage},
		Args:     map[string]string{"SOURCE_DATE_EPOCH": "0"},
		Exports:  []buildrun.Export{buildrun.Push(ref).With("rewrite-timestamp", "true").With("oci-mediatypes", "true")},
	})
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, rep)
	}
	return rep.Digest(), nil
}

// ReferenceDockerfile makes the reference's frontend image, as its own
// Dockerfile does, around the tool dockerfile-frontend.
const ReferenceDockerfile = `FROM scratch
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd"
COPY --chmod=0755 dockerfile-frontend /bin/dockerfile-frontend
ENTRYPOINT ["/bin/dockerfile-frontend"]
`

func hashFiles(names ...string) (string, error) {
	h := sha256.New()
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
