package scenario

import "testing"

// ReferenceImage makes the reference's frontend image and returns its reference.
func ReferenceImage(t *testing.T) string {
	t.Helper()
	ref, err := Env().ReferenceImage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
