// Package profile takes a profile of one build if the build arg STRATA_PROFILE
// asks for it.
package profile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/moby/buildkit/frontend/gateway/client"
)

// Arg is the build arg with the kind of profile: cpu, allocs or trace.
const Arg = "STRATA_PROFILE"

// Key is the key of the profile, in base64, in the metadata of the result.
// BuildKit passes keys with this prefix on to the client.
const Key = "frontend.strata.profile"

// Build calls next, and adds a profile of it to the result if the client asks
// for one. The error is that of next, or says why there is no profile.
func Build(c client.Client, next func() (*client.Result, error)) (*client.Result, error) {
	kind := c.BuildOpts().Opts["build-arg:"+Arg]
	if kind == "" {
		return next()
	}
	var data bytes.Buffer
	stop, err := start(kind, &data)
	if err != nil {
		return nil, err
	}
	res, err := next()
	stopErr := stop()
	if err != nil {
		return nil, err
	}
	if stopErr != nil {
		return nil, fmt.Errorf("%s=%s: %w", Arg, kind, stopErr)
	}
	res.AddMeta(Key, []byte(base64.StdEncoding.EncodeToString(data.Bytes())))
	return res, nil
}

func start(kind string, data *bytes.Buffer) (stop func() error, err error) {
	stop = func() error { return nil }
	switch kind {
	case "cpu":
		err = pprof.StartCPUProfile(data)
		stop = func() error { pprof.StopCPUProfile(); return nil }
	case "allocs":
		runtime.MemProfileRate = 1 // Every allocation is recorded, as a build has few.
		stop = func() error { return pprof.Lookup("allocs").WriteTo(data, 0) }
	case "trace":
		err = trace.Start(data)
		stop = func() error { trace.Stop(); return nil }
	default:
		err = fmt.Errorf("unknown kind (use cpu, allocs or trace)")
	}
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", Arg, kind, err)
	}
	return stop, nil
}
