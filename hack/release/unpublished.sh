#!/bin/sh
# unpublished.sh DIGEST fails if a registry has another image than DIGEST under the name
# of this version. A version is published once: its name is not moved.
set -eu
digest=$1
buildx=${BUILDX:-docker buildx}
release=$($buildx bake --print release)
for name in $(printf '%s\n' "$release" | jq -r '.target.release.tags[] | select(endswith(":" + env.VERSION))'); do
	if found=$($buildx imagetools inspect --format '{{.Manifest.Digest}}' "$name" 2>&1); then
		[ "$found" = "$digest" ] && continue
		echo "$name is already $found, and not $digest" >&2
		exit 1
	fi
	case $found in
	*": not found") ;;
	*)
		echo "$found" >&2
		exit 1
		;;
	esac
done
