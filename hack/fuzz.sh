#!/bin/sh
# Runs every fuzz target of the module, one after another, for a number of
# inputs (1000x, the seeds among them) or a time (20m). At the end of a time
# Go 1.26 can fail with "context deadline exceeded" alone: go.dev/issue/75804.
#
# What the fuzzer finds to be interesting is kept for the next run of a time. A
# number of inputs starts from the seeds alone, so that it takes as long each time.
set -eu
amount=$1
go=${GO:-go}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT # dash runs the line above only at an exit
trap 'exit 143' TERM
case $amount in
*x) cache=$work/cache short=-test.short ;;
*) cache=$($go env GOCACHE)/fuzz short= ;;
esac
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./hack/' | xargs -n 1 dirname | sort -u); do
	$go test -c -fuzz=. -o "$work/test" "$dir"
	for target in $(cat "$dir"/*_test.go | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do
		echo "$dir $target"
		(cd "$dir" && "$work/test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$amount" -test.fuzzminimizetime 30x \
			-test.fuzzcachedir "$cache/$dir" -test.parallel 1 $short)
	done
done
