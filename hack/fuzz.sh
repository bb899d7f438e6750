#!/bin/sh
# Runs every fuzz target of the module, one after another, for a number of
# inputs (2000x, the seeds among them) or a time (20m). At the end of a time
# Go 1.26 can fail with "context deadline exceeded" alone: go.dev/issue/75804.
set -eu
amount=$1
cd "$(dirname "$0")/.."
grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./hack/' | sort | while read -r file; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		"${GO:-go}" test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$amount" -fuzzminimizetime 30x -parallel 1
	done
done
