package llbconv_test

import (
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
)

// A client shows the ops of one group as one step. Only the copy and the merge of
// each COPY --link form a group, for any names of stages and any platform.
func TestEachLinkIsAGroup(t *testing.T) {
	c := difftest.Case{
		Dockerfile: []byte("FROM busybox AS a\nCOPY --link 1 /\nADD --link 2 /\nFROM a AS a\nCOPY --link 3 /\nFROM busybox AS b\nCOPY --link --from=a / /\n"),
		Options:    difftest.Options{Platforms: []string{"linux/amd64", "linux/arm64"}},
	}
	groups := map[string]int{}
	for _, p := range c.Platforms() {
		r := conversion.Convert(t.Context(), c, p)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		for _, md := range r.Definition.Metadata {
			if md.ProgressGroup != nil {
				groups[md.ProgressGroup.Id]++
			}
		}
	}
	if len(groups) != 8 {
		t.Errorf("%d groups for 4 steps on 2 platforms: %v", len(groups), groups)
	}
	for id, n := range groups {
		if n != 2 {
			t.Errorf("group %s has %d ops", id, n)
		}
	}
}

// Two Dockerfiles of one bake, or one Dockerfile with two args, can have a linked
// copy at the same place. The client shows both at the same time.
func TestGroupsOfTwoBuilds(t *testing.T) {
	groups := map[string]string{}
	for _, dockerfile := range []string{
		"FROM busybox\nCOPY --link a /\n",
		"FROM busybox\nCOPY --link b /\n",
		"FROM alpine\nCOPY --link a /\n",
		"FROM scratch\nCOPY --link a /\n",
	} {
		r := convertText(t, dockerfile, difftest.Options{})
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		ids := map[string]bool{}
		for _, md := range r.Definition.Metadata {
			if md.ProgressGroup != nil {
				ids[md.ProgressGroup.Id] = true
			}
		}
		if len(ids) != 1 {
			t.Errorf("%s\n%d groups", dockerfile, len(ids))
		}
		for id := range ids {
			if other, taken := groups[id]; taken {
				t.Errorf("%s\nhas the group of\n%s", dockerfile, other)
			}
			groups[id] = dockerfile
		}
	}
}
