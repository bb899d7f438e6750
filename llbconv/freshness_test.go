package llbconv_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// fresh is one conversion of a Dockerfile that uses the freshness flags.
type fresh struct {
	dockerfile string
	options    difftest.Options
	now        time.Time
	buildID    string
	keep       bool
}

// noon is the time of builds that set no time.
var noon = conversion.Policy.Now

func (f fresh) convert(t testing.TB) (*llbconv.Result, diag.List) {
	t.Helper()
	c := difftest.Case{Dockerfile: []byte(f.dockerfile), Options: f.options}
	gw := difftest.NewGateway(c)
	opt, err := conversion.Options(gw, c.Platforms()[0])
	if err != nil {
		t.Fatal(err)
	}
	if !f.now.IsZero() {
		opt.CachePolicy.Now = f.now
	}
	if f.buildID != "" {
		opt.CachePolicy.BuildID = f.buildID
	}
	opt.CachePolicy.KeepCacheMounts = f.keep
	return conversion.Run(t.Context(), c.Dockerfile, nil, conversion.Sources(gw), opt.Options)
}

// built is the result of a conversion: the commands in order, and the image.
type built struct {
	def   *pb.Definition
	runs  []run
	image *dockerspec.DockerOCIImage
	warns []diag.Diagnostic
}

// run is an op of a RUN, COPY or ADD.
type run struct {
	name        string
	exec        *pb.ExecOp // nil for COPY and ADD
	ignoreCache bool
	salt        string // set for a COPY or ADD
}

func (f fresh) build(t testing.TB) built {
	t.Helper()
	res, diags := f.convert(t)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	def, err := res.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := built{def: def, image: res.Image, warns: diags.Warnings()}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		if op.GetExec() == nil && op.GetFile() == nil {
			continue
		}
		meta := def.Metadata[digest.FromBytes(dt).String()]
		r := run{name: meta.Description["llb.customname"], exec: op.GetExec(), ignoreCache: meta.IgnoreCache}
		for _, a := range op.GetFile().GetActions() {
			r.salt += a.GetRm().GetPath()
		}
		out.runs = append(out.runs, r)
	}
	return out
}

// salts returns the values that the flags add to the cache keys of the commands, ""
// if they add none.
func (b built) salts() []string {
	var salts []string
	for _, r := range b.runs {
		if r.exec == nil {
			continue
		}
		salt := ""
		for _, m := range r.exec.Mounts {
			if id := m.GetSecretOpt().GetID(); strings.HasPrefix(id, "strata.") {
				salt += id
			}
		}
		salts = append(salts, salt)
	}
	return salts
}

// salt returns the salt of the only command.
func (f fresh) salt(t testing.TB) string {
	t.Helper()
	salts := f.build(t).salts()
	if len(salts) != 1 {
		t.Fatalf("%d commands", len(salts))
	}
	return salts[0]
}

func (b built) history() []string {
	var lines []string
	for _, h := range b.image.History {
		lines = append(lines, h.CreatedBy)
	}
	return lines
}

// TestWithoutFlags checks that a file without flags has no salt, and gives the same
// bytes at any time and in any build.
func TestWithoutFlags(t *testing.T) {
	f := fresh{dockerfile: "FROM busybox\nARG A=1\nRUN --mount=type=cache,target=/c make\nCOPY a b\nRUN <<EOF\nx\nEOF\n", buildID: "one"}
	first := f.build(t)
	f.buildID, f.keep, f.now = "two", true, noon.AddDate(1, 0, 0)
	again := f.build(t)
	if !slices.EqualFunc(first.def.Def, again.def.Def, slices.Equal) {
		t.Error("the ops differ from build to build")
	}
	if salts := again.salts(); !slices.Equal(salts, []string{"", ""}) {
		t.Errorf("salts %q", salts)
	}
}

// TestDeterminism converts the same input many times.
func TestDeterminism(t *testing.T) {
	f := fresh{buildID: "one", dockerfile: `ARG --explicit A=1
FROM busybox
ARG A
ARG --explicit B=2
ARG --explicit C=3
ARG --explicit D=4
RUN --arg=D,B,A --cache-key=$A$B --cache-ttl=1d --mount=type=cache,target=/c make
RUN --no-cache --arg=C make
`}
	want := f.build(t)
	for range 50 {
		got := f.build(t)
		if !slices.EqualFunc(want.def.Def, got.def.Def, slices.Equal) || !slices.Equal(want.history(), got.history()) {
			t.Fatal("two conversions of the same input differ")
		}
	}
}

// TestSalts checks which inputs change the cache key of a step, and which do not.
func TestSalts(t *testing.T) {
	args := func(kv ...string) difftest.Options {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return difftest.Options{BuildArgs: m}
	}
	run := func(flags string) string {
		return "FROM busybox\nARG --explicit REV=1\nARG --explicit TTL=1d\nRUN " + flags + " make\n"
	}
	for _, c := range []struct {
		name string
		a, b fresh
		same bool
	}{
		{"no-cache, same build", fresh{dockerfile: run("--no-cache"), buildID: "1"}, fresh{dockerfile: run("--no-cache"), buildID: "1"}, true},
		{"no-cache, other build", fresh{dockerfile: run("--no-cache"), buildID: "1"}, fresh{dockerfile: run("--no-cache"), buildID: "2"}, false},
		{"no-cache is off", fresh{dockerfile: run("--no-cache=false"), buildID: "1"}, fresh{dockerfile: run(""), buildID: "2"}, true},
		{"ttl, other build", fresh{dockerfile: run("--cache-ttl=1d"), buildID: "1"}, fresh{dockerfile: run("--cache-ttl=1d"), buildID: "2"}, true},
		{"ttl, a period later", fresh{dockerfile: run("--cache-ttl=1d")}, fresh{dockerfile: run("--cache-ttl=1d"), now: noon.AddDate(0, 0, 1)}, false},
		{"ttl, epoch wins over the clock", fresh{dockerfile: run("--cache-ttl=1d"), options: args("SOURCE_DATE_EPOCH", "0")}, fresh{dockerfile: run("--cache-ttl=1d"), now: noon.AddDate(0, 0, 1), options: args("SOURCE_DATE_EPOCH", "0")}, true},
		{"ttl, epoch a period later", fresh{dockerfile: run("--cache-ttl=1d"), options: args("SOURCE_DATE_EPOCH", "0")}, fresh{dockerfile: run("--cache-ttl=1d"), options: args("SOURCE_DATE_EPOCH", "86400")}, false},
		{"ttl, same value by variable", fresh{dockerfile: run("--cache-ttl=$TTL")}, fresh{dockerfile: run("--cache-ttl=$TTL"), options: args("TTL", "24h")}, true},
		{"ttl, other value by variable", fresh{dockerfile: run("--cache-ttl=$TTL")}, fresh{dockerfile: run("--cache-ttl=$TTL"), options: args("TTL", "2d")}, false},
		{"key, same", fresh{dockerfile: run("--cache-key=$REV")}, fresh{dockerfile: run("--cache-key=1")}, true},
		{"key, other", fresh{dockerfile: run("--cache-key=$REV")}, fresh{dockerfile: run("--cache-key=$REV"), options: args("REV", "2")}, false},
		{"key, empty", fresh{dockerfile: run("--cache-key=")}, fresh{dockerfile: run("")}, false},
		{"key, quoted", fresh{dockerfile: run(`--cache-key="a b"`)}, fresh{dockerfile: run(`--cache-key=a\ b`)}, true},
		{"key, default of a variable", fresh{dockerfile: run("--cache-key=${NONE:-1}")}, fresh{dockerfile: run("--cache-key=1")}, true},
		{"key that looks like a build", fresh{dockerfile: run("--cache-key=x --no-cache"), buildID: "y"}, fresh{dockerfile: run("--cache-key=y --no-cache"), buildID: "x"}, false},
		{"order of the flags", fresh{dockerfile: run("--cache-key=x --no-cache"), buildID: "y"}, fresh{dockerfile: run("--no-cache --cache-key=x"), buildID: "y"}, true},
	} {
		if a, b := c.a.salt(t), c.b.salt(t); (a == b) != c.same {
			t.Errorf("%s: salts %q and %q", c.name, a, b)
		}
	}
}

// TestKeepCacheMountsSalt uses the client's --no-cache with and without
// STRATA_CACHE_MOUNTS=keep.
func TestKeepCacheMountsSalt(t *testing.T) {
	f := fresh{
		dockerfile: "FROM busybox AS a\nRUN --mount=type=cache,target=/c one\nRUN two\nFROM a\nRUN --mount=type=cache,target=/c three\n",
		options:    difftest.Options{NoCache: []string{"a"}}, buildID: "1",
	}
	ignored := func(b built) (list []bool) {
		for _, r := range b.runs {
			list = append(list, r.ignoreCache)
		}
		return list
	}
	if b := f.build(t); !slices.Equal(ignored(b), []bool{true, true, true}) || strings.Join(b.salts(), "") != "" {
		t.Errorf("without keep: %v, %q", ignored(b), b.salts())
	}
	f.keep = true
	b := f.build(t)
	if salts := b.salts(); !slices.Equal(ignored(b), []bool{false, true, false}) || salts[0] == "" || salts[1] != "" || salts[2] == "" {
		t.Errorf("with keep: %v, %q", ignored(b), salts)
	}
	f.buildID = "2"
	if again := f.build(t); again.salts()[0] == b.salts()[0] {
		t.Error("another build has the same salt")
	}
}

// TestCopyAndAddNoCache checks that the key of each copy differs between builds,
// even with --link, and that remote files are requested again.
func TestCopyAndAddNoCache(t *testing.T) {
	f := fresh{buildID: "1", dockerfile: `FROM scratch
COPY a /
COPY --no-cache b /
COPY --link --no-cache c /
ADD --no-cache d /
ADD --no-cache https://example.com/e /
ADD --no-cache https://github.com/org/repo.git /
ADD https://example.com/f /
COPY --no-cache <<EOF /g
g
EOF
`}
	one := f.build(t)
	f.buildID = "2"
	two := f.build(t)
	if len(one.runs) != len(two.runs) || len(one.runs) != 9 {
		t.Fatalf("%d and %d ops", len(one.runs), len(two.runs))
	}
	salted := 0
	for i, r := range one.runs {
		same := r.salt == two.runs[i].salt
		if same == strings.Contains(r.name, "--no-cache") || r.ignoreCache {
			t.Errorf("%s: the same key in two builds: %v, ignores the cache: %v", r.name, same, r.ignoreCache)
		}
		if !same {
			salted++
		}
	}
	if salted != 6 {
		t.Errorf("%d salted copies", salted)
	}
	ignored := 0
	for _, m := range one.def.Metadata {
		if m.IgnoreCache {
			ignored++
		}
	}
	if ignored != 2 {
		t.Errorf("%d remote sources are asked for again", ignored)
	}
}
