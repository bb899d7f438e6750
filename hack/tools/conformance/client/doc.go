// Package dockerfile is the place where the reference's integration suite is
// compiled with Strata instead of the frontend that the suite calls in its own
// process. The suite's files are then overlaid on this folder; see package
// hack/conformance. The imports keep the suite's dependencies in go.mod and go.sum.
package dockerfile

import (
	_ "github.com/containerd/containerd/v2/client"
	_ "github.com/containerd/continuity/fs/fstest"
	_ "github.com/containerd/platforms"
	_ "github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/v1"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/session/secrets/secretsprovider"
	_ "github.com/moby/buildkit/session/sshforward/sshprovider"
	_ "github.com/moby/buildkit/util/testutil/workers"
	_ "github.com/opencontainers/go-digest"
	_ "github.com/opencontainers/image-spec/specs-go/v1"
	_ "github.com/pkg/errors"
	_ "github.com/stretchr/testify/require"
	_ "github.com/tonistiigi/fsutil"
	_ "golang.org/x/sync/errgroup"
	_ "google.golang.org/genproto/googleapis/rpc/status"
	_ "google.golang.org/grpc/status"
	_ "google.golang.org/protobuf/types/known/anypb"

	_ "github.com/stratabuild/strata/frontend"
)
