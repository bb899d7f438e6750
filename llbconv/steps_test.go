//go:build !race

// The race detector sees a part of the corpus only.

package llbconv_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv"
)

// TestStepsAreComplete examines the ops of all cases, and of cases that differ in
// one respect. Two steps must have the same inputs if and only if their ops have
// the same cache key.
func TestStepsAreComplete(t *testing.T) {
	cases := append(corpusAndGoldens(t), variations()...)
	p := pairs{byInputs: map[string]string{}, byOps: map[string]string{}, examples: map[string]string{}}
	for _, c := range cases {
		for _, platform := range c.Platforms() {
			if result, diags := conversion.RunCase(t.Context(), c, platform); !diags.Failed() {
				p.compare(t, c.Name, result)
			}
		}
	}
	if n := len(p.byInputs); n < 1000 {
		t.Errorf("only %d different steps are compared", n)
	}
}

// corpusAndGoldens returns all cases of the tests.
func corpusAndGoldens(t *testing.T) (cases []difftest.Case) {
	for _, dir := range []string{"testdata/corpus", "testdata/golden"} {
		loaded, err := difftest.LoadCorpus(dir)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, loaded...)
	}
	return cases
}

// variations returns conversions that differ from each other in one respect.
func variations() (cases []difftest.Case) {
	const head = "FROM busybox AS base\nARG A=1\nARG --explicit E=1\n"
	for _, step := range []string{
		"RUN x", "RUN y", `RUN ["x"]`, "RUN --network=none x", "RUN --security=insecure x", "RUN --no-cache x", "RUN --cache-key=1 x",
		"RUN --cache-key=2 x", "RUN --cache-ttl=1d x", "RUN --cache-ttl=2d x", "RUN --arg=E x", "RUN --mount=type=cache,target=/c x",
		"RUN --mount=type=cache,target=/c,id=other x", "RUN --mount=type=cache,target=/c,sharing=locked x", "RUN --mount=type=tmpfs,target=/c x",
		"RUN --mount=type=secret,id=a x", "RUN --mount=type=secret,id=b x", "RUN --mount=type=secret,id=a,env=B x", "RUN --mount=type=ssh x",
		"RUN --mount=target=/m x", "RUN --mount=target=/m,source=a x", "RUN --mount=target=/m,rw x", "RUN --mount=target=/m,source=a,rw x",
		"RUN --mount=from=base,target=/m x", "RUN --mount=from=alpine,target=/m x", "RUN --device=a.com/d x",
		"COPY a /", "COPY b /", "COPY d/a /", "COPY a /b", "COPY a b /", "COPY --link a /", "COPY --chmod=755 a /", "COPY --chmod=u+x a /", "COPY --chown=1 a /",
		"COPY --chown=n a /", "COPY --exclude=b a /", "COPY --parents a /", "COPY --from=alpine a /", "COPY --no-cache a /", "COPY <<E /\nx\nE", "COPY <<E /\ny\nE",
		"ADD a /", "ADD --unpack=false a.tar /", "ADD --unpack a.tar /", "ADD https://example.com/a /", "ADD https://example.com/b /",
		"ADD --checksum=sha256:0123456789012345678901234567890123456789012345678901234567890123 https://example.com/a /",
		"ADD https://github.com/o/r.git#v1 /", "ADD https://github.com/o/r.git#v2 /", "ADD --keep-git-dir https://github.com/o/r.git#v1 /",
		"WORKDIR /a", "WORKDIR /b", "USER u\nRUN x", "USER u\nWORKDIR /a", "ENV A=2\nRUN x", "ENV B=2\nRUN x", `SHELL ["s"]` + "\nRUN x", "WORKDIR /a${A:+b}",
	} {
		for _, args := range []map[string]string{nil, {"A": "2"}, {"E": "2"}, {"SOURCE_DATE_EPOCH": "1700000000"}, {"HTTP_PROXY": "p"}} {
			cases = append(cases, difftest.Case{Name: fmt.Sprint(step, args), Dockerfile: []byte(head + step + "\nRUN after\n"), Options: difftest.Options{BuildArgs: args}})
		}
	}
	const run = "FROM busybox\nRUN x\n"
	for _, opt := range []difftest.Options{
		{Platform: "linux/arm64"},
		{Hostname: "h"},
		{NetworkMode: "host"},
		{CgroupParent: "/c"},
		{ShmSize: "5"},
		{Ulimits: []string{"nofile=1:2"}},
		{ExtraHosts: []string{"a=10.0.0.1"}},
		{ExtraHosts: []string{"a=10.0.0.2"}},
		{ExtraHosts: []string{"b=10.0.0.1"}},
		{CacheNS: "n"},
	} {
		cases = append(cases, difftest.Case{Name: fmt.Sprintf("%+v", opt), Dockerfile: []byte(run), Options: opt})
	}
	return cases
}

// pairs holds the steps seen so far: inputs with the key of their ops, and the
// reverse.
type pairs struct{ byInputs, byOps, examples map[string]string }

func (p pairs) compare(t *testing.T, name string, result *llbconv.Result) {
	t.Helper()
	def, err := result.Marshal(t.Context())
	if err != nil {
		return // the graph has an error
	}
	steps, err := result.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ops, keys := takeApart(t, def), make([]string, len(steps))
	for i, s := range steps {
		keys[i] = p.inputsKey(t, s, keys[:i])
		op := ops.key(s.Digests[len(s.Digests)-1].String())
		if op == "" {
			continue // no other step needs it
		}
		example := fmt.Sprintf("%s, line %d: %s", name, s.Line, s.Text)
		if other, ok := p.byInputs[keys[i]]; ok && other != op {
			t.Errorf("the same inputs, but not the same ops:\n%s\n%s\n%s\n%s", example, p.examples[keys[i]], texts[op], texts[other])
		}
		if other, ok := p.byOps[op]; ok && other != keys[i] {
			t.Errorf("the same ops, but not the same inputs:\n%s\n%s\n%s\n%s", example, p.examples[other], texts[keys[i]], texts[other])
		}
		p.byInputs[keys[i]], p.byOps[op] = op, keys[i]
		if p.examples[keys[i]] == "" {
			p.examples[keys[i]] = example
		}
	}
}

// inputsKey identifies the inputs of a step and of the steps that it depends on.
func (p pairs) inputsKey(t *testing.T, s llbconv.Step, before []string) string {
	t.Helper()
	var parts []string
	isCommand := false
	for _, in := range s.Inputs {
		isCommand = isCommand || in.Kind == llbconv.VariableInput && in.Name == ""
	}
	for _, in := range s.Inputs {
		switch in.Kind {
		case llbconv.EnvironmentInput, llbconv.OriginInput:
		case llbconv.VariableInput:
			if isCommand {
				parts = append(parts, fmt.Sprintf("%q", in))
			}
			isCommand = isCommand && in.Name != "" // the variables after it are expanded
		default:
			parts = append(parts, fmt.Sprintf("%q", in))
		}
	}
	if s.Parent >= 0 {
		parts = append(parts, fmt.Sprint("parent ", before[s.Parent], s.Linked, s.ByContent))
	}
	for _, r := range s.Reads {
		from := ""
		if r.Step >= 0 {
			from = before[r.Step]
		} else {
			from = contentKey(t, r.State)
		}
		parts = append(parts, fmt.Sprintf("reads %s %+v %v", from, r.Files, r.BySteps))
	}
	return keyed(strings.Join(parts, "\n"))
}

// contentKey identifies the content that a step reads from outside the build.
func contentKey(t *testing.T, st llb.State) string {
	t.Helper()
	def, err := st.Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	ops := takeApart(t, def.ToPB())
	return ops.key(digest.FromBytes(def.Def[len(def.Def)-2]).String())
}

// definition holds the ops of a graph by their digest.
type definition struct {
	ops  map[string]*pb.Op
	keys map[string]string
}

func takeApart(t *testing.T, def *pb.Definition) definition {
	t.Helper()
	d := definition{map[string]*pb.Op{}, map[string]string{}}
	for _, dt := range def.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		d.ops[digest.FromBytes(dt).String()] = op
	}
	return d
}

// key returns the content of an op's cache key, according to the CacheMap methods
// of BuildKit's package solver/llbsolver/ops. It is empty for an op that is not in
// the graph. If the cache key depends on the content of files, key returns the
// whole op instead.
func (d definition) key(id string) string {
	op, ok := d.ops[id]
	if !ok {
		return ""
	}
	if key, known := d.keys[id]; known {
		return key
	}
	var inputs []string
	for _, in := range op.Inputs {
		inputs = append(inputs, fmt.Sprint(d.key(in.Digest), in.Index))
	}
	op = op.CloneVT()
	op.Inputs = nil
	if src := op.GetSource(); src != nil && strings.HasPrefix(src.Identifier, "local://") {
		src.Attrs, op.Platform = nil, nil // only the content matters
	}
	if exec := op.GetExec(); exec != nil {
		withoutUnkeyed(exec)
	}
	op.Constraints = nil
	dt, _ := json.Marshal(op)
	d.keys[id] = keyed(fmt.Sprintf("%s %s", dt, inputs))
	return d.keys[id]
}

// texts maps keys to the texts that they represent.
var texts = map[string]string{}

// keyed returns a short key for a text.
func keyed(text string) string {
	key := digest.FromString(text).Encoded()[:16]
	texts[key] = text
	return key
}

// withoutUnkeyed removes the parts of a command that are not in its cache key.
func withoutUnkeyed(exec *pb.ExecOp) {
	exec.Meta.ProxyEnv = nil
	for _, h := range exec.Meta.ExtraHosts {
		h.IP = ""
	}
	for _, m := range exec.Mounts {
		if m.Input < 0 {
			m.Selector = ""
		}
		c := m.CacheOpt
		if c == nil {
			continue
		}
		_, id, _ := strings.Cut(c.ID, "/")
		if c.Sharing != pb.CacheSharingOpt_SHARED || c.ID != m.Dest && id != m.Dest {
			c.ID, c.Sharing = "", 0
		}
	}
}
