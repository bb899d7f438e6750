# shellcheck shell=sh
# Sets what docker-bake.hcl needs for a release of the commit that is checked out.
# The time of the commit is that of the image's files.
VERSION=${GITHUB_REF_NAME#v}
REVISION=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
GO_VERSION=$(cat .go-version)
REGISTRY=docker.io/,ghcr.io/
export VERSION REVISION SOURCE_DATE_EPOCH GO_VERSION REGISTRY
