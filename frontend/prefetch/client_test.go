package prefetch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
)

func forPlatform(arch string) sourceresolver.Opt {
	return sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &ocispecs.Platform{OS: "linux", Architecture: arch}}}
}

func TestImagesAskOnce(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Options: difftest.Options{Images: map[string]difftest.Image{"broken": {Error: "broken"}}}})
	shared := New(t.Context(), gw)
	var wg sync.WaitGroup
	for range 20 {
		for _, arch := range []string{"amd64", "arm64"} {
			wg.Go(func() {
				if _, _, config, err := shared.ResolveImageConfig(t.Context(), "busybox", forPlatform(arch)); err != nil || len(config) == 0 {
					t.Errorf("%s: %v", arch, err)
				}
				if _, _, _, err := shared.ResolveImageConfig(t.Context(), "broken", forPlatform(arch)); err == nil {
					t.Error("no error for an image that cannot be resolved")
				}
			})
		}
	}
	wg.Wait()
	for _, ref := range []string{"busybox", "broken"} {
		if n := gw.Calls()["ResolveImageConfig "+ref]; n != 2 {
			t.Errorf("%s: asked %d times for two platforms", ref, n)
		}
	}
}

// The answers for two platforms are kept apart.
func TestImagesByPlatform(t *testing.T) {
	shared := New(t.Context(), difftest.NewGateway(difftest.Case{}))
	configs := map[string]bool{}
	for _, arch := range []string{"amd64", "arm64", "amd64"} {
		_, _, config, err := shared.ResolveImageConfig(t.Context(), "busybox", forPlatform(arch))
		if err != nil {
			t.Fatal(err)
		}
		configs[string(config)] = true
	}
	if len(configs) != 2 {
		t.Errorf("%d configs for two platforms", len(configs))
	}
}

// Only the same lookup has the same key.
func TestImageKey(t *testing.T) {
	ask := func(platform *ocispecs.Platform, mode string) sourceresolver.Opt {
		return sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: platform, ResolveMode: mode}}
	}
	layout := sourceresolver.Opt{OCILayoutOpt: &sourceresolver.ResolveOCILayoutOpt{Store: sourceresolver.ResolveImageConfigOptStore{StoreID: "s"}}}
	keys := map[string]bool{}
	for _, opt := range []sourceresolver.Opt{
		{},
		layout, ask(nil, ""), ask(&ocispecs.Platform{}, ""), ask(nil, "pull"),
		forPlatform("amd64"), forPlatform("arm64"),
		{LogName: "a"},
	} {
		key, other := keyOf(t, "a", opt), keyOf(t, "b", opt)
		if keys[key] || other == key {
			t.Errorf("the key of another lookup: %s", key)
		}
		keys[key] = true
	}
}

// Equal lookups have one key, even if their pointers differ.
func TestImageKeyIsMadeOfValues(t *testing.T) {
	lookup := func() sourceresolver.Opt {
		return sourceresolver.Opt{
			SourcePolicies: []*spb.Policy{{Version: 1, Rules: []*spb.Rule{{Action: spb.PolicyAction_DENY}}}},
			ImageOpt:       &sourceresolver.ResolveImageOpt{Platform: &ocispecs.Platform{OS: "linux"}, ResolveAttestations: []string{"a"}},
			OCILayoutOpt:   &sourceresolver.ResolveOCILayoutOpt{Platform: &ocispecs.Platform{OS: "linux"}},
			GitOpt:         &sourceresolver.ResolveGitOpt{ReturnObject: true},
			HTTPOpt:        &sourceresolver.ResolveHTTPOpt{ChecksumReq: &sourceresolver.ResolveHTTPChecksumRequest{Suffix: []byte("x")}},
		}
	}
	if a, b := keyOf(t, "a", lookup()), keyOf(t, "a", lookup()); a != b {
		t.Errorf("two keys for one lookup:\n%s\n%s", a, b)
	}
}

func keyOf(t *testing.T, ref string, opt sourceresolver.Opt) string {
	t.Helper()
	key, err := imageKey(ref, opt)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Sources that differ only in their metadata, such as the name, are solved
// separately.
func TestSolvesWithOtherMetadata(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n")})
	c := New(t.Context(), gw)
	defer c.Close()
	for _, name := range []string{"a", "b", "a"} {
		def, err := llb.Local("dockerfile", llb.SessionID("s"), llb.WithCustomName(name)).Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Solve(t.Context(), client.SolveRequest{Definition: def.ToPB()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := gw.Calls()["Solve"]; n != 2 {
		t.Errorf("%d solves, want 2", n)
	}
}

// A panic in a call is an error for those who wait for the answer, and does not
// end the process.
func TestPanicOfAnAnswer(t *testing.T) {
	var m memo[int]
	for range 2 {
		if _, err := m.do(t.Context(), "q", func() (int, error) { panic("fault") }); err == nil || !strings.Contains(err.Error(), "internal error: fault") {
			t.Errorf("error %v", err)
		}
	}
}

// Readers of a source get the files that were read early, and nothing is read
// twice.
func TestSourceIsReadAhead(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n"), Dockerignore: []byte("*.o\n")})
	c := New(t.Context(), gw)
	defer c.Close()
	for range 2 {
		ui, err := dockerui.NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		if src, err := ui.ReadEntrypoint(t.Context(), "Dockerfile"); err != nil || string(src.Data) != "FROM scratch\n" {
			t.Errorf("%v, %v", src, err)
		}
		if patterns, err := ui.DockerIgnorePatterns(t.Context()); err != nil || !slices.Equal(patterns, []string{"*.o"}) {
			t.Errorf("%q, %v", patterns, err)
		}
	}
	for call, want := range map[string]int{
		"Inputs": 1, "Solve": 2, "ReadDir": 0,
		"ReadFile Dockerfile": 1, "ReadFile Dockerfile.dockerignore": 1, "ReadFile .dockerignore": 1,
	} {
		if got := gw.Calls()[call]; got != want {
			t.Errorf("%s: asked %d times, want %d", call, got, want)
		}
	}
}

// The ignore file for one Dockerfile is found in any folder.
func TestOwnIgnoreFile(t *testing.T) {
	for _, name := range []string{"Dockerfile", "some/folder/app.Dockerfile"} {
		gw := difftest.NewGateway(difftest.Case{
			Dockerfile: []byte("FROM scratch\n"), OwnIgnore: []byte("*.own\n"), Dockerignore: []byte("*.o\n"),
			Options: difftest.Options{Opts: map[string]string{"filename": name}},
		})
		c := New(t.Context(), gw)
		defer c.Close()
		ui, err := dockerui.NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ui.ReadEntrypoint(t.Context(), "Dockerfile"); err != nil {
			t.Error(err)
		}
		if patterns, err := ui.DockerIgnorePatterns(t.Context()); err != nil || !slices.Equal(patterns, []string{"*.own"}) {
			t.Errorf("%s: %q, %v", name, patterns, err)
		}
	}
}

// Solves for more than the files of a source are passed on unchanged.
func TestOtherSolvesAreNotRemembered(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{})
	c := New(t.Context(), gw)
	defer c.Close()
	def, err := llb.Image("busybox").Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, req := range []client.SolveRequest{
			{Definition: def.ToPB(), Evaluate: true},
			{Definition: def.ToPB(), CacheImports: []client.CacheOptionsEntry{{Type: "registry"}}},
			{Frontend: "gateway.v0"},
		} {
			_, _ = c.Solve(t.Context(), req)
		}
	}
	if n := gw.Calls()["Solve"]; n != 6 {
		t.Errorf("%d solves reached the client, want 6", n)
	}
}

// The context of a caller limits only how long that caller waits.
func TestWaiting(t *testing.T) {
	var m memo[int]
	answer := make(chan int)
	impatient, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if _, err := m.do(impatient, "q", func() (int, error) { return <-answer, nil }); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
	answer <- 7
	if n, err := m.do(t.Context(), "q", func() (int, error) { return 0, errors.New("asked again") }); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// wire is a reference like one from gRPC, which returns no nil data.
type wire struct{ client.Reference }

func (wire) ReadFile(context.Context, client.ReadRequest) ([]byte, error) { return nil, nil }

// An empty ignore file exists: the next one must not replace it.
func TestEmptyFileIsAFile(t *testing.T) {
	r := &reference{Reference: wire{}, client: New(t.Context(), nil)}
	data, err := r.ReadFile(t.Context(), client.ReadRequest{Filename: "Dockerfile.dockerignore"})
	if data == nil || len(data) != 0 || err != nil {
		t.Errorf("%v, %v", data, err)
	}
}

// The file beside the Dockerfile comes in a transfer of its own, once, and that of
// the Dockerfile stays as it is.
func TestReadSibling(t *testing.T) {
	gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n"), Dockerignore: []byte("*.o\n")})
	c := New(t.Context(), gw)
	defer c.Close()
	c.ReadSibling(".lock")
	ui, err := dockerui.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	src, err := ui.ReadEntrypoint(t.Context(), "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ui.DockerIgnorePatterns(t.Context()); err != nil {
		t.Fatal(err)
	}
	def, ok, err := SiblingTransfer(t.Context(), src.Definition.ToPB(), ".lock")
	if err != nil || !ok {
		t.Fatalf("no transfer: %v", err)
	}
	if _, err := c.Solve(t.Context(), client.SolveRequest{Definition: def}); err != nil {
		t.Fatal(err)
	}
	if n := gw.Calls()["Solve"]; n != 3 {
		t.Errorf("%d solves, want one each for the Dockerfile, the file beside it, and the ignore file", n)
	}
	if local, names := localFiles(def); local != "dockerfile" || !slices.Equal(names, []string{"Dockerfile.lock"}) {
		t.Errorf("%s: %q", local, names)
	}
}
