package insight

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
)

// Program is the path of the frontend in its image, Argument its first argument as
// a helper process.
const (
	Program  = "/bin/strata-frontend"
	Argument = "compare"
)

// cacheID is the id of the cache mount that holds the memory.
const cacheID = "strata.why"

// errUnsupported is returned on a daemon that lacks what a comparison needs: to
// tell a frontend its own image, to build before it exports, and to show lines.
var errUnsupported = errors.New("the builder is too old to compare builds (use BuildKit 0.15, Docker Engine 29, or later)")

// Supported returns an error where the daemon cannot compare builds.
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

// solve has BuildKit compare a build. The process runs where an input is new, or
// where the daemon does not have its answer any more; otherwise the answer is the
// one that the process gave then.
func (c *Collection) solve(ctx context.Context, gateway client.Client, req Request) (Answer, error) {
	def, err := c.definition(ctx, gateway, req)
	if err != nil {
		return Answer{}, err
	}
	res, err := gateway.Solve(ctx, client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return Answer{}, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return Answer{}, err
	}
	data, err := ref.ReadFile(ctx, client.ReadRequest{Filename: answerFile})
	if err != nil {
		return Answer{}, err
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	if err := json.NewDecoder(zip).Decode(&answer); err != nil {
		return Answer{}, err
	}
	if answer.Error != "" {
		return Answer{}, errors.New(answer.Error)
	}
	return answer, nil
}

// definition is the graph of the helper process.
func (c *Collection) definition(ctx context.Context, gateway client.Client, req Request) (*llb.Definition, error) {
	image, err := ownImage(gateway)
	if err != nil {
		return nil, err
	}
	req.State = c.state
	proxies, err := req.proxies()
	if err != nil {
		return nil, err
	}
	run := image.Run(
		llb.Args(append([]string{Program, Argument}, c.key(req)...)),
		llb.Network(pb.NetMode_NONE),
		llb.WithProxy(proxies),
		llb.WithCustomName("[internal] compare with earlier builds"),
		llb.ProgressGroup("strata.why", "why", true), // weak groups are not shown
	)
	for i, st := range c.contexts {
		if c.mounts[i] {
			run.AddMount(path.Join(contextsDir, strconv.Itoa(i)), st, llb.Readonly)
		}
	}
	run.AddMount(memoryDir, llb.Scratch(), llb.AsPersistentCacheDir(cacheID, llb.CacheMountShared))
	return run.Root().Marshal(ctx) // a mount for the answer would cost one more snapshot
}

// key is what the cache key of the process holds: the inputs of all steps, and
// for what has to run in any case the build itself. The content of the build
// contexts is added by BuildKit.
func (c *Collection) key(req Request) []string {
	st := c.state
	st.Steps = slices.Clone(st.Steps)
	for i := range st.Steps { // where an instruction stands in the file does not count
		st.Steps[i].Line, st.Steps[i].Text = 0, ""
	}
	dt, _ := json.Marshal(st) // strings and numbers
	sum := sha256.Sum256(dt)
	key := []string{hex.EncodeToString(sum[:])}
	if req.DryRun || len(req.Failed) > 0 {
		key = append(key, fmt.Sprintf("dry-run=%v", req.DryRun), req.ID)
	}
	return key
}

// ownImage is the frontend's own image, pinned by its digest.
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
