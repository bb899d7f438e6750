#!/bin/sh
# publish.sh IMAGE gives an image in a registry the names of the bake target
# "release", attestations included. Its digest stays what it is. A name such as 1.4 or
# 1 stays where it is if git has the tag of a higher version of that name.
set -eu
image=$1
buildx=${BUILDX:-docker buildx}
tags=$(git tag)
release=$($buildx bake --print release)

# highest NAME prints the highest version that may have a name: for 1 that is perhaps 1.5.0.
highest() {
	printf '%s\n' "$tags" "v$VERSION" | grep -Ex 'v[0-9]+\.[0-9]+\.[0-9]+' | grep -F "v$1." |
		tr -d v | sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -n 1
}

set --
for name in $(printf '%s\n' "$release" | jq -r '.target.release.tags[]'); do
	version=${name##*:}
	if [ "$version" = "$VERSION" ] || [ "$(highest "$version")" = "$VERSION" ]; then
		set -- "$@" --tag "$name"
	else
		echo "$name stays: $(highest "$version") is higher than $VERSION" >&2
	fi
done
$buildx imagetools create "$@" "$image"
