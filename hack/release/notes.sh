#!/bin/sh
# notes.sh VERSION IMAGE writes the notes of a release: its part of CHANGELOG.md,
# and the digests of the image.
set -eu
version=$1 image=$2
here=$(dirname "$0")
changes=$(awk -v heading="## [$version]" 'index($0, "## [") == 1 { on = index($0, heading) == 1; next } on' "$here/../../CHANGELOG.md")
if [ -z "$changes" ]; then
	echo "CHANGELOG.md has no section [$version]" >&2
	exit 1
fi
digest=$(${BUILDX:-docker buildx} imagetools inspect --format '{{.Manifest.Digest}}' "$image")
platforms=$("$here/digests.sh" "$image")
cat <<END
$changes

## Image

\`stratabuild/strata:$version@$digest\`

| platform | digest |
| --- | --- |
$(echo "$platforms" | sed 's/\(.*\) \(.*\)/| \1 | `\2` |/')

[How to verify it](https://github.com/stratabuild/strata/blob/v$version/docs/security.md#verify-an-image)
END
