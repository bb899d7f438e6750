# Strata's frontend image. docker-bake.hcl has the targets people use.
ARG GO_VERSION=1.26

# Cross-compiled on the machine's own platform: no emulation for any target.
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS base
WORKDIR /src
ENV CGO_ENABLED=0
# A proxy for modules. Without it, Go's default.
ARG GOPROXY

FROM base AS build
ARG TARGETOS TARGETARCH TARGETVARIANT
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG SOURCE_DATE_EPOCH=0
RUN --mount=type=bind,source=go.mod,target=go.mod \
    --mount=type=bind,source=go.sum,target=go.sum \
    --mount=type=bind,source=cmd,target=cmd \
    --mount=type=bind,source=frontend,target=frontend \
    --mount=type=bind,source=internal,target=internal \
    --mount=type=bind,source=llbconv,target=llbconv \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build <<EOF
set -eu
export GOOS="$TARGETOS" GOARCH="$TARGETARCH"
if [ "$TARGETARCH" = arm ]; then export GOARM="${TARGETVARIANT#v}"; fi
# gRPC's tracing is not used, and its pages would keep every method of every
# type in the program: templates call methods by their names. The linker would remove
# the data for debuggers: without it, the compiler takes a sixth less time.
go build -trimpath -buildvcs=false -tags grpcnotrace -gcflags=all=-dwarf=false \
  -ldflags "-s -w -X main.version=$VERSION -X main.revision=$REVISION" \
  -o /out/bin/strata-frontend ./cmd/strata-frontend
# The files' times are part of the image's digest.
find /out -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
EOF

FROM base AS test
# The packages to test, as the go command names them.
ARG PACKAGES=./...
RUN --mount=type=bind,target=. \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    go test $PACKAGES

FROM base AS lint
ARG PACKAGES=./...
RUN --mount=type=bind,target=. \
    --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build <<EOF
set -eu
lint() { go tool -modfile=hack/tools/lint/go.mod "$@"; }
unformatted=$(lint gofumpt -l .)
if [ -n "$unformatted" ]; then echo "not gofumpt-formatted:"; echo "$unformatted"; exit 1; fi
go vet $PACKAGES
lint staticcheck $PACKAGES
EOF

FROM scratch AS image
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Strata" \
      org.opencontainers.image.description="A Dockerfile frontend for BuildKit" \
      org.opencontainers.image.source="https://github.com/stratabuild/strata" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The labels that BuildKit reads: the frontend needs no network, and has these
# capabilities.
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd"
COPY --from=build /out/ /
USER 65532:65532
ENTRYPOINT ["/bin/strata-frontend"]
