// Command strata-frontend is the process of the frontend image: it serves
// builds to BuildKit over the gateway protocol on its standard streams.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec that BuildKit speaks

	"github.com/stratabuild/strata/frontend"
	"github.com/stratabuild/strata/frontend/insight"
)

// Set by the linker.
var (
	version  = "unknown"
	revision = "unknown"
)

func main() {
	runtime.MemProfileRate = 0 // package profile sets it for a profile of allocations
	show := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *show {
		fmt.Print(about())
		return
	}
	if flag.Arg(0) == insight.HelperArgument {
		insight.RunHelper(context.Background())
		return
	}
	// BuildKit kills the container of a cancelled build, so signals need no
	// handler. A handler would cost a thread and a millisecond at the start.
	if err := grpcclient.RunFromEnvironment(context.Background(), frontend.Build); err != nil {
		fmt.Fprintf(os.Stderr, "strata-frontend: %+v\n", err)
		os.Exit(1)
	}
}
