# A web service: a Go program, a page built by Node, and what runs them.
ARG GO_VERSION=1.26
ARG NODE_VERSION=20

FROM node:${NODE_VERSION}-slim AS page
WORKDIR /page
ENV NODE_ENV=production
COPY page/package.json page/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev
COPY page/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS build
ARG TARGETOS TARGETARCH
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/server ./cmd/server

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="server" \
      org.opencontainers.image.source="https://example.com/server"
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 server
COPY --from=build /out/server /usr/local/bin/server
COPY --from=page --chown=server:server /page/dist /srv/page
ENV PAGE=/srv/page PORT=8080
USER server
EXPOSE 8080
HEALTHCHECK --interval=30s CMD ["server", "-check"]
ENTRYPOINT ["server"]
CMD ["-listen", ":8080"]
