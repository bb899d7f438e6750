package frontend

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/stratabuild/strata/internal/difftest"
)

func TestCheckCaps(t *testing.T) {
	const known, none = "moby.buildkit.frontend.inputs", "none"
	for _, c := range []struct {
		required string
		forward  bool
		missing  string // the capability that the error names, "none" where there is no error
	}{
		{"", false, none},
		{known, false, none},
		{known + ",moby.buildkit.frontend.contexts", false, none},
		{known + "+forward", false, none},
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
		if c.missing == none {
			if err != nil {
				t.Errorf("%q: %v", c.required, err)
			}
			continue
		}
		if err == nil || err.Error() != "unsupported frontend capability "+c.missing || grpcerrors.Code(err) != codes.Unimplemented {
			t.Errorf("%q: error %v (%v)", c.required, err, grpcerrors.Code(err))
		}
	}
}

// The image claims in a label what the frontend can do.
func TestCapsAreThoseOfTheImage(t *testing.T) {
	dockerfile, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	label := regexp.MustCompile(`moby\.buildkit\.frontend\.caps="([^"]*)"`).FindSubmatch(dockerfile)
	if label == nil {
		t.Fatal("the image has no label")
	}
	claimed := slices.Sorted(strings.SplitSeq(string(label[1]), ","))
	if known := slices.Sorted(maps.Keys(capabilities)); !slices.Equal(claimed, known) {
		t.Errorf("the label has %q, the frontend %q", claimed, known)
	}
}

// A request that requires more fails.
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
