// Command strata-frontend is the process of the frontend image: it serves
// builds to BuildKit over the gateway protocol on its standard streams.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec that BuildKit speaks

	"github.com/stratabuild/strata/frontend"
)

// Set by the linker.
var (
	version  = "unknown"
	revision = "unknown"
)

// memory is how much the frontend takes before it works on taking less: few
// builds come near, and the machine is shared with the build.
const memory = 40 << 20 // bytes

func main() {
	runtime.MemProfileRate = 0 // a profile that is asked for sets it
	debug.SetMemoryLimit(memory)
	show := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *show {
		fmt.Printf("strata-frontend %s %s\n", version, revision)
		return
	}
	if err := grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build); err != nil {
		fmt.Fprintf(os.Stderr, "strata-frontend: %+v\n", err)
		os.Exit(1)
	}
}
