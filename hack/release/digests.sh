#!/bin/sh
# digests.sh IMAGE lists the platforms of an image in a registry, each with the
# digest of its manifest. Attestations are left out: they tell when and where the
# image was built, so that they are others in each build.
set -eu
${BUILDX:-docker buildx} imagetools inspect --raw "$1" |
	jq -r '.manifests[]
		| select(.platform.os != "unknown")
		| "\(.platform.os)/\(.platform.architecture)\(if .platform.variant then "/" + .platform.variant else "" end) \(.digest)"' |
	sort
