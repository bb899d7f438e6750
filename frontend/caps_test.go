package frontend

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/stratabuild/strata/internal/difftest"
)

func TestCheckCaps(t *testing.T) {
	const known = "moby.buildkit.frontend.inputs"
	for _, c := range []struct {
		required string
		forward  bool
		missing  string // the capability that the error names
	}{
		{"", false, ""},
		{known, false, ""},
		{known + ",moby.buildkit.frontend.contexts", false, ""},
		{known + "+forward", false, ""},
		{"new", false, "new"},
		{known + ",new", false, "new"},
		{"new+forward", true, "new"},
		{"new+forward," + known, true, "new"},
		{"new+forward,newer", false, "newer"},
		{"newer,new+forward", false, "newer"},
		{"new+forward,newer+forward", true, "newer"},
		{"new+other", false, "new"},
		{",", false, ""},
	} {
		forward, err := checkCaps(c.required)
		if forward != c.forward {
			t.Errorf("%q: forward %v", c.required, forward)
		}
		if c.missing == "" {
			if err != nil && c.required != "," {
				t.Errorf("%q: %v", c.required, err)
			}
			continue
		}
		if err == nil || !strings.HasSuffix(err.Error(), c.missing) || grpcerrors.Code(err) != codes.Unimplemented {
			t.Errorf("%q: error %v (%v)", c.required, err, grpcerrors.Code(err))
		}
	}
}

// Every capability of this list is one that Strata's image claims.
func TestCapsOfARequest(t *testing.T) {
	for required, want := range map[string]string{
		"moby.buildkit.frontend.subrequests": "",
		"new":                                "unsupported frontend capability new",
		"new+forward":                        "unsupported frontend capability new",
	} {
		_, err := Build(t.Context(), difftest.NewGateway(caseOf("FROM scratch\nCOPY a /\n", map[string]string{"frontend.caps": required})))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", required, got, want)
		}
	}
}

func FuzzCheckCaps(f *testing.F) {
	for _, s := range []string{"", "a", "a+forward", "moby.buildkit.frontend.inputs,a+forward,b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, required string) {
		if forward, err := checkCaps(required); forward && err == nil {
			t.Errorf("%q is to be forwarded, but nothing is missing", required)
		}
	})
}
