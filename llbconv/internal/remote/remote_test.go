package remote

import (
	"fmt"
	"testing"
)

func TestFilename(t *testing.T) {
	for url, want := range map[string]string{
		"https://e.org/a/b.tar.gz?x=1#y": "b.tar.gz",
		"https://e.org":                  "__unnamed__",
		"https://e.org/":                 "__unnamed__",
		"https://e.org/a/":               "a",
		"https://e.org/%41":              "A",
		"https://e.org/%zz":              "__unnamed__",
	} {
		if got := filename(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// The options that the reference takes for the source of SOURCE_DATE_EPOCH.
func TestDated(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		src    string
		keep   *bool
		sum    string
		hasSum bool
		want   string
	}{
		{src: "https://e.org/a.git?keep-git-dir=true&checksum=1", keep: &no, sum: "2", hasSum: true, want: "keep, checksum 2"},
		{src: "https://e.org/a.git?keep-git-dir=false&checksum=1", keep: &yes, want: "keep, checksum 1"},
		{src: "https://e.org/a.git?checksum=1", hasSum: true, want: "checksum "},
		{src: "https://e.org/a.git?checksum=1&fetch-by-commit", want: "checksum 1"},
		{src: "https://e.org/a.git?x=1", sum: "2", hasSum: true, want: "checksum 2"},
	} {
		s, _, err := ParseDated(c.src)
		if err != nil {
			t.Fatal(err)
		}
		s, o := s.Dated(Options{KeepGitDir: c.keep, Checksum: c.sum}, c.hasSum)
		got := fmt.Sprint("checksum ", o.Checksum)
		if o.KeepGitDir != nil && *o.KeepGitDir {
			got = "keep, " + got
		}
		if got != c.want || s.IsGit() && s.git.FetchByCommit {
			t.Errorf("%s: %s, want %s", c.src, got, c.want)
		}
	}
}
