#!/bin/sh
# Draws docs/terminal.svg, the picture of the README, from a real run: an edit and
# the reason why steps ran again; a Dockerfile with several errors.
set -eu
cd "$(dirname "$0")"
go run ./cmd/workbench images python:3.11-slim
go run ./cmd/workbench up
eval "$(go run ./cmd/workbench env)"
frontend=$(go run ./cmd/workbench frontend)
go run ./cmd/workbench tools buildx
buildx imagetools create --tag "$STRATA_REGISTRY/stratabuild/strata:1" "$frontend"
(cd tools/terminal && go build -o "$STRATA_WORKBENCH/bin/terminal" .)

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
trap 'exit 130' INT # dash runs the line above only at an exit
trap 'exit 143' TERM
cp -r ../examples/python-web "$project/web"
cd "$project/web"
{ echo '# syntax=stratabuild/strata:1'; cat Dockerfile.slow; } > Dockerfile
buildx build --output type=cacheonly .
cat > Dockerfile.wrong <<'END'
# syntax=stratabuild/strata:1
FROM python:3.11-slim
COPPY app.py .
RUN --cache-tll=1w apt-get update
END

# Without an engine buildx is run by itself.
cat > "$project/script" <<'END'
docker() { shift && buildx "$@"; }
run() { printf '\033[1;32m$\033[0;1m %s\033[0m\n' "$1"; eval "$1" || true; }
run "sed -i 's/Hello/Good morning/' app.py"
run 'docker buildx build --output type=cacheonly .'
echo
run 'docker buildx build --quiet --output type=cacheonly -f Dockerfile.wrong .'
END
terminal "$project/script" "$OLDPWD/../docs/terminal.svg"
