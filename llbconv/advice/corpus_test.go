//go:build !race

// The race detector sees a part of the corpus only.

package advice_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

const corpusFile = "testdata/corpus.txt"

// A file lists all findings in the corpus of the conversion. Each of them has been
// reviewed.
func TestCorpus(t *testing.T) {
	cases, err := difftest.LoadCorpus("../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range cases {
		for _, f := range adviceOf(t, c, nil) {
			fmt.Fprintf(&b, "%s:%d %s: %s\n", c.Name, f.Line(), f.Code, f.Message)
		}
	}
	compareGolden(t, corpusFile, b.String())
}
