package frontend

import (
	"strings"
	"testing"
)

// All commits and branches of a remote Git context are one project, its folders are
// others.
func TestProjectOfGitContext(t *testing.T) {
	project := func(context string) string {
		p := projectOf(map[string]string{"context": context})
		if !p.Described {
			t.Errorf("%s describes no project", context)
		}
		return p.ID
	}
	const repository = "https://github.com/o/r.git"
	want := project(repository)
	for _, same := range []string{"#main", "#" + strings.Repeat("1", 40), "#refs/pull/1/merge", "?ref=main", "?branch=main&checksum=" + strings.Repeat("2", 40)} {
		if project(repository+same) != want {
			t.Errorf("%s is another project", same)
		}
	}
	others := map[string]bool{want: true}
	for _, other := range []string{repository + "#main:docs", "https://github.com/o/other.git", "https://example.com/r.tar.gz", "https://example.com/other.tar.gz"} {
		if id := project(other); others[id] {
			t.Errorf("%s is not a project of its own", other)
		} else {
			others[id] = true
		}
	}
	if project(repository+"#main:docs") != project(repository+"?subdir=docs") {
		t.Error("two spellings of a folder are two projects")
	}
}
