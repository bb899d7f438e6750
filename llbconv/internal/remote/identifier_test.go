package remote

import (
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// commit is a commit that does not exist in any repository.
const commit = "0123456789abcdef0123456789abcdef01234567"

// opOf returns the op that fetches a source.
func opOf(t *testing.T, s Source, o Options) *pb.SourceOp {
	t.Helper()
	st, err := s.State(o)
	if err != nil {
		t.Fatal(err)
	}
	def, err := st.Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	var op pb.Op
	if err := op.UnmarshalVT(def.Def[0]); err != nil {
		t.Fatal(err)
	}
	return op.GetSource()
}

// The identifier equals LLB's, before and after a source is pinned.
func TestIdentifier(t *testing.T) {
	for src, want := range map[string][2]string{
		"https://example.com/a?b=c":                        {"https://example.com/a?b=c", "https://example.com/a?b=c"},
		"https://example.com/r.git":                        {"git://example.com/r.git", "git://example.com/r.git#" + commit},
		"https://example.com/r.git#main":                   {"git://example.com/r.git#main", "git://example.com/r.git#" + commit},
		"https://example.com/r.git#main:sub/dir":           {"git://example.com/r.git#main:sub/dir", "git://example.com/r.git#" + commit + ":sub/dir"},
		"https://example.com/r.git#:sub":                   {"git://example.com/r.git#:sub", "git://example.com/r.git#" + commit + ":sub"},
		"https://example.com/r.git?branch=main&subdir=sub": {"git://example.com/r.git#refs/heads/main:sub", "git://example.com/r.git#" + commit + ":sub"},
		"git://example.com:9418/a/r.git#v1":                {"git://example.com:9418/a/r.git#v1", "git://example.com:9418/a/r.git#" + commit},
	} {
		s, ok, err := Parse(src)
		if !ok || err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if got, op := s.Identifier(), opOf(t, s, Options{}); got != want[0] || op.Identifier != got {
			t.Errorf("%s: identifier %s, want %s, as %s in LLB", src, got, want[0], op.Identifier)
		}
		pin := commit
		if !s.IsGit() {
			pin = "sha256:" + commit + commit[:24]
		}
		pinned, o := s.Pin(Options{}, pin)
		op := opOf(t, pinned, o)
		if op.Identifier != want[1] || !pinned.IsPinned(o) || s.IsPinned(Options{}) {
			t.Errorf("%s: pinned it is %s, want %s", src, op.Identifier, want[1])
		}
		if sum := op.Attrs[pb.AttrHTTPChecksum]; !s.IsGit() && sum != pin {
			t.Errorf("%s: checksum %q", src, sum)
		}
	}
}

// A source that names its own content is pinned.
func TestIsPinned(t *testing.T) {
	for src, want := range map[string]bool{
		"https://example.com/r.git#" + commit:                       true,
		"https://example.com/r.git?ref=main&checksum=" + commit:     true,
		"https://example.com/r.git#" + commit[:12]:                  false,
		"https://example.com/file":                                  false,
		"https://example.com/r.git?commit=" + commit + "&subdir=/a": true,
	} {
		s, _, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		o, err := s.Merge(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.IsPinned(o) != want {
			t.Errorf("%s: pinned %v", src, !want)
		}
	}
	file, _, _ := Parse("https://example.com/file")
	if !file.IsPinned(Options{Checksum: "sha256:" + commit + commit[:24]}) {
		t.Error("a file with a checksum is not pinned")
	}
}
