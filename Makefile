# make demo    see it work       make check   the fast checks
# make test    every test        make help    the rest

GO   ?= go
# With the same flags, all programs and tests share the cache of the compiler. Only
# the race detector needs cgo. Without data for debuggers, the compiler takes a sixth
# less time.
export CGO_ENABLED := 0
COMPILER := -trimpath -gcflags=all=-dwarf=false
export GOFLAGS := $(filter-out $(COMPILER),$(GOFLAGS)) $(COMPILER)
race: export CGO_ENABLED := 1
HACK := cd hack && $(GO)
# The daemons and programs of the tests live for minutes and have small heaps. With
# less garbage collection they use a tenth less of the processors.
e2e conformance: export GOGC = 400
TOOLS := $(GO) tool -modfile=$(CURDIR)/hack/tools
LINT := $(TOOLS)/lint/go.mod
VULN := hack/tools/vuln
GOTESTSUM := $(TOOLS)/gotestsum/go.mod gotestsum
# go test, which writes the time of each test to a file of the given name. The target
# vet checks the code.
TIMES := $(CURDIR)/.times
TEST = $(GOTESTSUM) --format standard-quiet --hide-summary skipped --jsonfile-timing-events $(TIMES)/$(1).json -- -vet=off
FUZZSHORT ?= 1000x
FUZZLONG ?= 20m
EDITS ?= 5000
SERIES ?=

.PHONY: help
help:
	@echo 'make demo         build examples/python-web through Strata and show the cache at work'
	@echo 'make check        format, vet, static analysis, known vulnerabilities, unit and golden tests'
	@echo 'make test         check, race detector, short fuzzing, end-to-end tests, conformance'
	@echo "make conformance  the reference's own integration suite against Strata's image"
	@echo 'make fuzz         long fuzzing, FUZZLONG=20m per target'
	@echo 'make property     random edits of random projects: the rules of the cache, and why steps ran, EDITS=5000'
	@echo 'make bench        measure Strata and docker/dockerfile; SERIES="convert waiting" measures a part'
	@echo 'make bench-check  the same, and fail if a ratio is above its limit'
	@echo 'make picture      draw the picture of the README from a real run'
	@echo 'make golden       rewrite the golden files'
	@echo 'make outdated     list newer releases of BuildKit, buildx, the Docker Engine and Go'
	@echo 'make up           start the workbench: a private BuildKit and registry on loopback'
	@echo 'make down         end it'
	@echo 'make status       list its running processes'
	@echo 'make reset        drop its build cache'

.PHONY: demo
demo:
	@echo 'compiling the demo (a minute the first time) ...'
	$(HACK) run ./cmd/demo

# Two at a time: none of them keeps two processors busy all the time.
.PHONY: check
check:
	@$(MAKE) --no-print-directory -j2 --output-sync=target unit static vet vuln workflows format

.PHONY: format
format:
	@echo '== gofumpt'
	@unformatted="$$($(LINT) gofumpt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "not formatted (run make fix):"; echo "$$unformatted"; exit 1; fi

.PHONY: fix
fix:
	$(LINT) gofumpt -w .

.PHONY: vet
vet:
	@echo '== go vet'
	@$(GO) vet ./...
	@cd hack && $(GO) vet ./...
	@cd hack/tools/conformance && $(GO) list -deps ./client >/dev/null # its go.mod has to list the modules that Strata needs

.PHONY: static
static:
	@echo '== staticcheck'
	@$(LINT) staticcheck ./...
	@cd hack && $(LINT) staticcheck ./...

.PHONY: workflows
workflows:
	@echo '== actionlint'
	@$(LINT) actionlint -shellcheck= -pyflakes= .github/workflows/*.yml examples/ci/github/.github/workflows/*.yml

# The database is a module as well, so no network is needed. The image is built
# with the Go that .go-version names, whatever Go this machine has.
.PHONY: vuln
vuln:
	@echo '== govulncheck'
	@cd $(VULN) && $(GO) mod download golang.org/x/vulndb
	@GOVERSION=go$$(cat .go-version) $(GO) tool -modfile=$(CURDIR)/$(VULN)/go.mod govulncheck -scan package \
		-db "file://$$(cd $(VULN) && $(GO) list -m -f '{{.Dir}}' golang.org/x/vulndb)/data/osv" ./cmd/strata-frontend

.PHONY: unit
unit:
	@echo '== unit, golden and differential tests'
	@mkdir -p $(TIMES)
	@$(call TEST,unit) ./...
	@cd hack && $(call TEST,hack) $$($(GO) list ./... | grep -v /e2e)

.PHONY: golden
golden:
	$(GO) test ./llbconv -run Golden -update

# The go command prints a newer release in brackets.
.PHONY: outdated
outdated:
	@$(GO) list -m -u go github.com/moby/buildkit
	@cd hack/tools/buildx && $(GO) list -m -u github.com/docker/buildx
	@cd hack/tools/engine && $(GO) list -m -u github.com/moby/moby/v2

# The tests with BuildKit wait for it a part of the time. The tests that need the
# processors run beside them, with a low priority.
.PHONY: test
test:
	@rm -rf $(TIMES)
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory -j3 e2e race
	@$(MAKE) --no-print-directory -j2 conformance fuzz-short
	@echo '== the slowest tests'
	@cat $(TIMES)/*.json | $(GOTESTSUM) tool slowest --num 10

# The packages that start goroutines or have locks.
CONCURRENT = $$(grep -rlE --include='*.go' '^\s*go func|\.Go\(|sync\.Mutex' frontend internal llbconv | xargs -n 1 dirname | sort -u | sed 's,^,./,')

.PHONY: race
race: programs
	@echo '== race detector'
	@mkdir -p $(TIMES)
	@nice -n 19 $(call TEST,race) -race $(CONCURRENT)

.PHONY: fuzz-short fuzz
fuzz-short:
	@echo '== fuzzing, $(FUZZSHORT:x=) inputs per target'
	GO=$(GO) nice -n 19 hack/fuzz.sh $(FUZZSHORT)

fuzz:
	GO=$(GO) hack/fuzz.sh $(FUZZLONG)

# -count=1: the go command does not see that a test runs the frontend of the
# checkout, and would take a result from before it was changed. -p 3: a package often
# waits for its daemon. The longest come first. The root package runs by itself: it
# compiles the image for all platforms, and builds examples that others build.
E2E = ./e2e/property ./e2e/builders ./e2e/clients $$($(GO) list ./e2e/... | grep -vE '/e2e(/property|/builders|/clients)?$$')

# The base images come from the network: while they are made, the tools are compiled.
.PHONY: programs tools images
programs:
	@echo '== programs that the tests need'
	$(HACK) run ./cmd/workbench programs

tools:
	@echo '== tools of the workbench'
	$(HACK) run ./cmd/workbench tools buildkitd buildkitd-v0.33.1 buildkitd-v0.15.2 buildctl buildx dockerfile-frontend \
		engine/dockerd engine/containerd-shim-runc-v2 engine/docker

images:
	@echo '== base images of the workbench'
	$(HACK) run ./cmd/workbench images busybox alpine python:3.11-slim golang:1.26 node:20-slim

.PHONY: e2e
e2e: programs tools images
	@echo '== end-to-end tests on a private BuildKit'
	@mkdir -p $(TIMES)
	@cd hack && $(call TEST,e2e-root) -count=1 -timeout 60m ./e2e
	@cd hack && $(call TEST,e2e) -count=1 -timeout 60m -p 3 $(E2E)

.PHONY: property
property: export STRATA_EDITS = $(EDITS)
property: export STRATA_WHYS = $(EDITS)
property:
	$(HACK) test -count=1 -v -timeout 24h ./e2e/property

# The numbers go to bench.json, the picture of docs/performance.md is drawn again.
.PHONY: bench bench-check
bench bench-check:
	$(HACK) run ./cmd/bench -json ../bench.json -timeline ../docs/timeline.svg $(if $(filter bench-check,$@),-check) $(SERIES)

.PHONY: picture
picture:
	hack/picture.sh

.PHONY: conformance
conformance:
	@echo "== the reference's integration suite"
	$(HACK) run ./cmd/conformance

.PHONY: up down status reset
up down status reset:
	$(HACK) run ./cmd/workbench $@
