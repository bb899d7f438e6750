package insight

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strconv"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
)

// Program is the path of the frontend in its image, HelperArgument its first argument as
// a helper process.
const (
	Program        = "/bin/strata-frontend"
	HelperArgument = "compare"
)

// A Project is what a client says about the project of a build.
type Project struct {
	// ID is a hash of it, in hexadecimal.
	ID string
	// Described is set if the client describes the source. Otherwise, projects can have
	// the same ID.
	Described bool
}

// memory returns the id of the cache mount with the memory of a project. There are
// several, as a locked mount serves one build at a time.
func (p Project) memory() string {
	if !p.Described {
		return "strata.why.other." + p.ID[:1]
	}
	return "strata.why." + p.ID[:1]
}

// errUnsupported is the error of a daemon without one of the features for a
// comparison: the frontend's own image, a build before the export, and lines in
// the progress display.
var errUnsupported = errors.New("the daemon is too old to compare builds (use BuildKit 0.15, Docker Engine 29, or later)")

// Supported returns an error if the daemon cannot compare builds.
func Supported(gateway client.Client) error {
	if _, err := ownImage(gateway); err != nil {
		return err
	}
	opts := gateway.BuildOpts()
	if opts.Caps.Supports(gwpb.CapGatewayEvaluate) != nil || opts.Caps.Supports(gwpb.CapSourceMetaResolver) != nil {
		return errUnsupported
	}
	return nil
}

// solve has BuildKit compare a build. The process runs if an input is new, or
// if its answer is no longer in the cache. Otherwise the answer is the earlier
// one.
func (c *Collection) solve(ctx context.Context, gateway client.Client, req Request) (Answer, error) {
	answer, err := c.compare(ctx, gateway, req, c.key(req))
	if err == nil && answer.Error != "" && answer.ID != req.ID && ctx.Err() == nil {
		// The cache has a failed comparison, for example because the disk was full. Try
		// again once an hour, to record the build. Its steps may have run in the earlier
		// build, so the answer has no ID, like an old one.
		answer, err = c.compare(ctx, gateway, req, append(c.key(req), req.Now.UTC().Format("2006-01-02 15h")))
		answer.ID = ""
	}
	return answer, cmp.Or(err, answer.failure())
}

// compare runs the comparison with a text in its cache key.
func (c *Collection) compare(ctx context.Context, gateway client.Client, req Request, key []string) (Answer, error) {
	def, err := c.definition(ctx, gateway, req, key)
	if err != nil {
		return Answer{}, err
	}
	return ask(ctx, gateway, def)
}

// ask returns the answer of a helper process. If there is no answer, it has the
// reason as its error.
func ask(ctx context.Context, gateway client.Client, def *llb.Definition) (Answer, error) {
	res, err := gateway.Solve(ctx, client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return Answer{}, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return Answer{}, err
	}
	answer, err := readAnswer(ctx, ref)
	if err != nil {
		answer = Answer{Error: err.Error()}
	}
	return answer, nil
}

func readAnswer(ctx context.Context, ref client.Reference) (answer Answer, err error) {
	file, err := ref.ReadFile(ctx, client.ReadRequest{Filename: answerFile})
	if err != nil {
		return answer, err
	}
	err = decodeJSON(file, &answer)
	return answer, err
}

// definition returns the graph of the helper process.
func (c *Collection) definition(ctx context.Context, gateway client.Client, req Request, key []string) (*llb.Definition, error) {
	image, err := ownImage(gateway)
	if err != nil {
		return nil, err
	}
	if req.Program, err = programOf(ctx, image); err != nil {
		return nil, err
	}
	req.State, req.Memory, req.Histories = c.state, c.memory, c.Histories != nil
	run, err := c.helper(image, req, key)
	if err != nil {
		return nil, err
	}
	for i, st := range c.contexts {
		if c.mounts[i] {
			run.AddMount(path.Join(contextsDir, strconv.Itoa(i)), st, llb.Readonly)
		}
	}
	if c.Histories != nil {
		run.AddMount(historyDir, *c.Histories, llb.Readonly)
	}
	return run.Root().Marshal(ctx) // a separate mount for the answer would cost another snapshot
}

// helper returns a helper process with the memory of the build. key is the text in
// its cache key.
func (c *Collection) helper(image *llb.State, req Request, key []string) (llb.ExecState, error) {
	proxies, err := req.proxies()
	if err != nil {
		return llb.ExecState{}, err
	}
	run := image.Run(
		llb.Args(append([]string{Program, HelperArgument}, key...)),
		llb.Network(pb.NetMode_NONE),
		llb.WithProxy(proxies),
		llb.WithCustomName("[internal] compare with earlier builds"),
		llb.ProgressGroup("strata.why", "why", true), // weak groups are not shown
	)
	// If the daemon uses a mount itself, to measure its size, it makes another one with
	// the same id, unless the mount is locked.
	run.AddMount(memoryDir, llb.Scratch(), llb.AsPersistentCacheDir(c.memory, llb.CacheMountLocked))
	return run, nil
}

// key returns the text in the cache key of the process: the inputs of all
// steps, the memory, because each has its own records, and the id of the build if
// the process has to run. BuildKit adds the content of the build contexts.
func (c *Collection) key(req Request) []string {
	key := []string{c.state.hash(), c.memory}
	switch {
	case req.DryRun, req.Export:
		key = append(key, "unrecorded", req.ID)
	case slices.ContainsFunc(c.state.Steps, func(s StepInputs) bool { return s.Forced }):
		key = append(key, req.ID) // steps run, whatever their inputs
	}
	return key
}

// hash returns a hash of the inputs of all steps.
func (st State) hash() string {
	st.Steps = slices.Clone(st.Steps)
	for i := range st.Steps { // the line of an instruction does not count
		st.Steps[i].Line, st.Steps[i].Text = 0, ""
	}
	dt, _ := json.Marshal(st) // strings and numbers
	sum := sha256.Sum256(dt)
	return hex.EncodeToString(sum[:])
}

// programOf returns a hash that identifies the program in the frontend's image.
func programOf(ctx context.Context, image *llb.State) (string, error) {
	def, err := image.Marshal(ctx)
	if err != nil {
		return "", err
	}
	return hashOf(bytes.Join(def.Def, nil)), nil
}

// ownImage returns the frontend's own image, with its digest.
func ownImage(gateway client.Client) (*llb.State, error) {
	c, ok := gateway.(interface {
		CurrentFrontend() (*llb.State, error)
	})
	if !ok {
		return nil, errUnsupported
	}
	st, err := c.CurrentFrontend()
	if err == nil && st == nil {
		err = errUnsupported
	}
	return st, err
}
