// Package buildrun runs builds on a real BuildKit daemon and reports which steps
// ran, which came from the cache, how long each took and what they printed. It
// reads all of this from the daemon's status stream, and never from text meant for
// users.
package buildrun

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"github.com/tonistiigi/fsutil"
)

// Builtin is the Dockerfile frontend inside buildkitd, which also follows a
// "# syntax=" line.
const Builtin = ""

// Build is one build of a Dockerfile. Its fields are those of BuildKit's SolveOpt and
// the options of its Dockerfile frontend.
type Build struct {
	Frontend   string                   // an image, such as the one of Env.FrontendImage, or Builtin
	Context    string                   // the folder that is sent, or the URL of a remote one; empty: nothing is sent
	InProcess  gateway.BuildFunc        // a frontend that runs in this process, instead of Frontend
	Dockerfile string                   // path; relative to Context; empty is Dockerfile
	Target     string                   // empty is the last stage
	Platforms  []string                 // empty is the daemon's own
	Args       map[string]string        // build arguments
	Named      map[string]string        // named contexts: a folder, or a reference with a scheme such as docker-image://
	Stores     map[string]content.Store // for named contexts that are called oci-layout://NAME@DIGEST
	Secrets    map[string][]byte
	Inputs     map[string]llb.State // frontend inputs
	NoCache    bool
	Attrs      map[string]string // further options of the frontend, as they are
	Exports    []Export          // none: the result is only kept in the cache
	CacheFrom  []client.CacheOptionsEntry
	CacheTo    []client.CacheOptionsEntry

	Policy *spb.Policy          // the client's source policy
	Attach []session.Attachable // further session services, such as ssh
	// Status, if set, gets every message of the daemon as it comes.
	Status func(*client.SolveStatus)
}

// Run runs the build and waits until it ends. It also returns a report if the build
// fails, with the steps until the failure.
func Run(ctx context.Context, c *client.Client, b Build) (*Report, error) {
	opt, err := b.solveOpt()
	if err != nil {
		return newReport(), err
	}
	return Solve(b.Status, func(ch chan *client.SolveStatus) (*client.SolveResponse, error) {
		if b.InProcess != nil {
			return c.Build(ctx, opt, "", b.InProcess, ch)
		}
		return c.Solve(ctx, nil, opt, ch)
	})
}

// Solve collects the report of any other kind of solve, for example by another
// program.
func Solve(status func(*client.SolveStatus), solve func(chan *client.SolveStatus) (*client.SolveResponse, error)) (*Report, error) {
	rep := newReport()
	ch := make(chan *client.SolveStatus)
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for s := range ch {
			rep.add(s)
			if status != nil {
				status(s)
			}
		}
	}()
	resp, err := solve(ch)
	<-collected
	rep.finish()
	if resp != nil {
		rep.Response = resp.ExporterResponse
	}
	return rep, err
}

// Ask sends a request about the Dockerfile, with the option requestid. The answer
// is the metadata of the result.
func Ask(ctx context.Context, c *client.Client, b Build) (map[string][]byte, error) {
	opt, err := b.solveOpt()
	if err != nil {
		return nil, err
	}
	request := gateway.SolveRequest{Frontend: opt.Frontend, FrontendOpt: opt.FrontendAttrs}
	opt.Frontend, opt.FrontendAttrs = "", nil
	var answer map[string][]byte
	_, err = c.Build(ctx, opt, "", func(ctx context.Context, gw gateway.Client) (*gateway.Result, error) {
		res, err := gw.Solve(ctx, request)
		if err != nil {
			return nil, err
		}
		answer = res.Metadata
		return gateway.NewResult(), nil
	}, nil)
	return answer, err
}

// solveOpt has the daemon keep a copy of each context, as buildx does. With one copy for
// all, it would take a file for unchanged if another folder had a file of the same name,
// size and time: the clock of files is so coarse that tests at the same time have these.
func (b Build) solveOpt() (client.SolveOpt, error) {
	opt := client.SolveOpt{
		SharedKey:      b.Context,
		Frontend:       "dockerfile.v0",
		FrontendAttrs:  b.attrs(),
		FrontendInputs: b.Inputs,
		LocalMounts:    map[string]fsutil.FS{},
		CacheImports:   b.CacheFrom,
		CacheExports:   b.CacheTo,
		OCIStores:      b.Stores,
		SourcePolicy:   b.Policy,
		Session:        append([]session.Attachable{authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{})}, b.Attach...),
	}
	if b.Frontend != Builtin {
		opt.Frontend = "gateway.v0"
		opt.FrontendAttrs["source"] = b.Frontend
	}
	if b.Secrets != nil {
		opt.Session = append(opt.Session, secretsprovider.FromMap(b.Secrets))
	}
	for _, e := range b.Exports {
		opt.Exports = append(opt.Exports, client.ExportEntry(e))
	}
	if err := b.mounts(opt.LocalMounts, opt.FrontendAttrs); err != nil {
		return opt, err
	}
	maps.Copy(opt.FrontendAttrs, b.Attrs)
	return opt, nil
}

// attrs returns the options as the clients send them.
func (b Build) attrs() map[string]string {
	attrs := map[string]string{}
	for name, value := range b.Args {
		attrs["build-arg:"+name] = value
	}
	if b.Target != "" {
		attrs["target"] = b.Target
	}
	if len(b.Platforms) > 0 {
		attrs["platform"] = strings.Join(b.Platforms, ",")
	}
	if b.NoCache {
		attrs["no-cache"] = ""
	}
	return attrs
}

// mounts returns the folders that the daemon may read.
func (b Build) mounts(local map[string]fsutil.FS, attrs map[string]string) error {
	if err := b.mainContext(local, attrs); err != nil {
		return err
	}
	for name, where := range b.Named {
		if strings.Contains(where, "://") {
			attrs["context:"+name] = where
			continue
		}
		attrs["context:"+name] = "local:" + name
		if err := mount(local, name, where); err != nil {
			return err
		}
	}
	return nil
}

// mainContext sets the options for the context and the Dockerfile. A Dockerfile
// outside the folder is read from the remote context, unless its path is absolute.
func (b Build) mainContext(local map[string]fsutil.FS, attrs map[string]string) error {
	file := cmp.Or(b.Dockerfile, "Dockerfile")
	sent := filepath.IsAbs(file)
	if remote := strings.Contains(b.Context, "://"); remote {
		attrs["context"] = b.Context
		if sent {
			attrs["dockerfilekey"] = "dockerfile"
		}
	} else if b.Context != "" {
		if err := mount(local, "context", b.Context); err != nil {
			return err
		}
		if !sent {
			file, sent = filepath.Join(b.Context, file), true
		}
	}
	if !sent {
		attrs["filename"] = file
		return nil
	}
	attrs["filename"] = filepath.Base(file)
	return mount(local, "dockerfile", filepath.Dir(file))
}

func mount(local map[string]fsutil.FS, name, dir string) error {
	fs, err := fsutil.NewFS(dir)
	if err != nil {
		return fmt.Errorf("the folder %q for the %s of the build cannot be read: %w", dir, name, err)
	}
	local[name] = fs
	return nil
}
