package baseimage

import "testing"

func TestFindKnowsAllSpellings(t *testing.T) {
	for name, want := range map[string]string{
		"busybox":                              "busybox:latest",
		"docker.io/library/alpine:3.20":        "alpine:latest",
		"library/python:3.11-slim":             "python:3.11-slim",
		"golang:1.26":                          "golang:1.26",
		"node:18-bookworm-slim":                "node:18-slim",
		"docker.io/library/debian:latest":      "debian:bookworm-slim",
		"docker.io/library/busybox:musl":       "busybox:latest",
		"docker.io/library/golang:1.26-alpine": "golang:1.26-alpine",
	} {
		r, err := find(name)
		if err != nil || r.tags[0] != want {
			t.Errorf("find(%q) = %v, %v", name, r, err)
		}
	}
	if _, err := find("ruby:3"); err == nil {
		t.Error("there is no stand-in for ruby, but it was found")
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recipes {
		for _, tag := range r.tags {
			if seen[tag] {
				t.Errorf("two recipes make %s", tag)
			}
			seen[tag] = true
		}
	}
}
