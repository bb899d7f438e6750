package platforms

import (
	"encoding/json"
	"maps"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/sshforward/sshprovider"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// withSecrets gives the build the secret token, and an agent without keys.
func withSecrets(t *testing.T) change {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	agent, err := sshprovider.NewSSHAgentProvider([]sshprovider.AgentConfig{{ID: "agent", Paths: []string{socket}}})
	if err != nil {
		t.Fatal(err)
	}
	return func(b *buildrun.Build) {
		b.Secrets = map[string][]byte{"token": []byte("x")}
		b.Attach = []session.Attachable{agent}
	}
}

// statement is an attestation in a comparable form.
type statement struct {
	text   string
	layers map[string]any // by step
}

// has reports whether the statement contains a text, ignoring spaces.
func (s statement) has(part string) bool {
	return strings.Contains(strings.NewReplacer(" ", "", "\n", "").Replace(s.text), part)
}

// sameStatements compares the statements of two builds. BuildKit names the layers
// of only those steps that it has already packed.
func sameStatements(t *testing.T, got, want []statement) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d statements, and the reference's are %d", len(got), len(want))
	}
	for i := range want {
		if got[i].text != want[i].text {
			t.Errorf("statement %d is\n%s\nand the reference's\n%s", i, got[i].text, want[i].text)
		}
		for step, layers := range want[i].layers {
			if packed, ok := got[i].layers[step]; ok && !reflect.DeepEqual(packed, layers) {
				t.Errorf("statement %d: the layers of %s are %v, and the reference's %v", i, step, packed, layers)
			}
		}
	}
}

// statements returns the attestations of a build without the parts that differ in
// each build and between the frontends. If an image has built the result, its
// provenance must name that image.
func statements(t *testing.T, r *scenario.Result, image bool) (all []statement) {
	t.Helper()
	ref, err := reference.ParseNormalizedNamed(scenario.Frontend())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range open(t, r).Attested {
		var fields any
		if err := json.Unmarshal(a.Statement, &fields); err != nil {
			t.Fatal(err)
		}
		p := plain{frontend: "/" + reference.Path(ref) + "@"}
		text, err := json.MarshalIndent(p.value("", fields), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if provenance := strings.HasPrefix(a.Type, "https://slsa.dev/"); p.named != (image && provenance) {
			t.Errorf("%s among the materials: %v", p.frontend, p.named)
		}
		all = append(all, statement{string(text), p.layers})
	}
	return all
}

// plain removes the parts of a statement that differ in each build.
type plain struct {
	frontend string // a part of the URI of the frontend's image
	named    bool   // whether the statement has it
	layers   map[string]any
}

// different are the fields with times, with the frontend, and the digests that
// include the session's id.
var different = []string{
	"startedOn", "finishedOn", "invocationId", "buildStartedOn", "buildFinishedOn", "buildInvocationId", "buildInvocationID",
	"frontend", "dockerfileVersion",
}

func (p *plain) value(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if key == "digestMapping" {
			return slices.Sorted(func(yield func(string) bool) {
				for step := range maps.Values(v) {
					if !yield(step.(string)) {
						return
					}
				}
			})
		}
		for _, name := range different {
			delete(v, name)
		}
		if key == "args" {
			delete(v, "source")
		}
		if layers, ok := v["layers"].(map[string]any); ok {
			p.layers = layers
			delete(v, "layers")
		}
		for name, field := range v {
			v[name] = p.value(name, field)
		}
	case []any:
		v = slices.DeleteFunc(v, p.isFrontend)
		for i := range v {
			v[i] = p.value(key, v[i])
		}
		return v
	}
	return v
}

// isFrontend recognizes the frontend's image among the materials.
func (p *plain) isFrontend(v any) bool {
	material, _ := v.(map[string]any)
	uri, _ := material["uri"].(string)
	found := strings.Contains(uri, p.frontend)
	p.named = p.named || found
	return found
}
