package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	dockerfile "github.com/moby/buildkit/frontend/dockerfile/version"
)

// about says which Strata this is, and which docker/dockerfile it equals.
func about() string {
	return fmt.Sprintf("strata-frontend %s %s\nequals docker/dockerfile %s (BuildKit %s)\n",
		version, revision, dockerfileVersion(), buildkitVersion())
}

// dockerfileVersion is 1.28 for 1.28.0-dev: BuildKit's module has no tag of its
// own for the frontend.
func dockerfileVersion() string {
	release, _, _ := strings.Cut(dockerfile.Version(), "-")
	return strings.TrimSuffix(release, ".0")
}

func buildkitVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/moby/buildkit" {
				return module.Version
			}
		}
	}
	return "unknown"
}
