package llbconv_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stratabuild/strata/internal/difftest"
)

// ttlStep returns a file that has one step with the given TTL.
func ttlStep(ttl time.Duration, command string) fresh {
	return fresh{dockerfile: fmt.Sprintf("FROM busybox\nRUN --cache-ttl=%s %s\n", ttl, command)}
}

func (f fresh) at(t time.Time) fresh {
	f.now = t
	return f
}

// TestTTLBoundsReuse uses random steps, TTLs and times. Two builds that are the TTL
// or more apart never share a result. If two builds do not share a result, neither
// do an earlier and a later one.
func TestTTLBoundsReuse(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	ttls := []time.Duration{1, time.Millisecond, 7 * time.Second, time.Hour, 36 * time.Hour, 14 * 24 * time.Hour, 200 * 365 * 24 * time.Hour}
	for i := range 140 {
		ttl := ttls[i%len(ttls)]
		f := ttlStep(ttl, fmt.Sprint("step ", i))
		start := time.Unix(random.Int64N(4e9)-1e9, random.Int64N(1e9))
		if start.Add(ttl).Year() > 2200 {
			start = time.Unix(random.Int64N(1e8), 0)
		}
		first := f.at(start).salt(t)
		if f.at(start.Add(ttl)).salt(t) == first {
			t.Fatalf("ttl %s: reused at the age of the TTL, from %s", ttl, start)
		}
		if f.at(start.Add(ttl-1)).salt(t) != first && ttl > 1 && f.at(start.Add(1)).salt(t) != first && f.at(start.Add(-1)).salt(t) != first {
			t.Fatalf("ttl %s: no period around %s", ttl, start)
		}
		if a, b := start.Add(time.Duration(random.Int64N(int64(ttl)))), start.Add(ttl-1); f.at(a).salt(t) != first && f.at(b).salt(t) == first {
			t.Fatalf("ttl %s: the period of %s comes back", ttl, start)
		}
	}
}

// TestTTLPeriods walks over ten periods in small steps: each is as long as the TTL,
// and none is repeated.
func TestTTLPeriods(t *testing.T) {
	const ttl, parts = time.Hour, 20
	f := ttlStep(ttl, "make")
	count := map[string]int{}
	last := ""
	changes := 0
	for i := range 10*parts + 1 {
		salt := f.at(time.Unix(0, 0).Add(-5 * ttl).Add(time.Duration(i) * ttl / parts)).salt(t)
		if salt != last {
			changes++
			if count[salt] > 0 {
				t.Fatal("a period comes twice")
			}
		}
		last = salt
		count[salt]++
	}
	for salt, n := range count {
		if n > parts {
			t.Errorf("%s is used in %d of %d parts of a TTL", salt, n, parts)
		}
	}
	if changes != 11 {
		t.Errorf("%d periods", changes)
	}
}

// boundary finds the second of the hour at which the step's period ends.
func boundary(t *testing.T, f fresh) int {
	t.Helper()
	lo, hi := 0, 3600
	first := f.at(noon).salt(t)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; f.at(noon.Add(time.Duration(mid)*time.Second)).salt(t) == first {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// TestTTLBoundaries checks that different steps expire at different times, and that
// the same step expires at the same time everywhere.
func TestTTLBoundaries(t *testing.T) {
	const flags = "RUN --cache-ttl=1h "
	different := []string{
		"FROM busybox\n" + flags + "one\n",
		"FROM busybox\n" + flags + "two\n",
		"FROM alpine\n" + flags + "one\n",
		"FROM busybox\n" + flags + "<<EOF\none\nEOF\n",
		"FROM busybox\n" + flags + "<<EOF\ntwo\nEOF\n",
		"FROM busybox\n" + flags + "<<EOF\n#!/bin/sh\nthree\nEOF\n",
		"FROM busybox\n" + flags + "cat <<EOF\nfour\nEOF\n",
	}
	seen := map[int]string{}
	for _, file := range different {
		at := boundary(t, fresh{dockerfile: file})
		if other, ok := seen[at]; ok {
			t.Errorf("these expire at the same second %d:\n%s%s", at, other, file)
		}
		seen[at] = file
	}
	want := boundary(t, fresh{dockerfile: different[0]})
	for _, file := range []string{
		"FROM busybox\n# a comment\nENV A=1\n" + flags + "one\nCOPY a b\n",
		"ARG B=busybox\nFROM $B AS named\n" + flags + "one\n",
	} {
		if at := boundary(t, fresh{dockerfile: file, options: difftest.Options{Platform: "linux/arm64"}}); at != want {
			t.Errorf("the same step expires at %d, not %d, in\n%s", at, want, file)
		}
	}
}

// TestTTLSpread checks that the boundaries of many steps are spread over the
// period.
func TestTTLSpread(t *testing.T) {
	quarters := [4]int{}
	for i := range 60 {
		quarters[boundary(t, ttlStep(time.Hour, fmt.Sprint("step ", i)))%3600/900]++
	}
	for _, n := range quarters {
		if n < 5 {
			t.Errorf("the boundaries of 60 steps by quarters of an hour: %v", quarters)
		}
	}
}

// TestTTLPlatforms checks that all platforms of a build have the same time, and the
// same periods if the name after FROM is the same.
func TestTTLPlatforms(t *testing.T) {
	salts := func(f fresh, epoch string) map[string]bool {
		salts := map[string]bool{}
		for _, p := range []string{"linux/amd64", "linux/arm64"} {
			f.options = difftest.Options{Platform: p}
			if epoch != "" {
				f.options.BuildArgs = map[string]string{"SOURCE_DATE_EPOCH": epoch}
			}
			salts[f.salt(t)] = true
		}
		return salts
	}
	for _, epoch := range []string{"", "1700000000"} {
		if got := salts(ttlStep(time.Hour, "make"), epoch); len(got) != 1 {
			t.Errorf("epoch %q: salts %v", epoch, got)
		}
	}
	boundaries := map[int]bool{}
	for _, p := range []string{"linux/amd64", "linux/arm64"} {
		f := fresh{dockerfile: "FROM busybox AS amd64\nFROM busybox AS arm64\nFROM $TARGETARCH\nRUN --cache-ttl=1h make\n"}
		f.options = difftest.Options{Platform: p}
		boundaries[boundary(t, f)] = true
	}
	if len(boundaries) != 2 {
		t.Errorf("other stages have the same boundary: %v", boundaries)
	}
}
