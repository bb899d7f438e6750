package frontend

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"

	"github.com/stratabuild/strata/internal/difftest"
)

// graphOf returns the graph that a build of the Dockerfile solves.
func graphOf(t *testing.T, dockerfile string) *pb.Definition {
	t.Helper()
	gw := difftest.NewGateway(caseOf(dockerfile, nil))
	if _, err := Build(t.Context(), gw); err != nil {
		t.Fatal(err)
	}
	solved := gw.Solved()
	return solved[len(solved)-1]
}

// An error about a missing capability shows the lines that need it.
func TestLocateCapError(t *testing.T) {
	const sum = "0123456789012345678901234567890123456789"
	for _, c := range []struct {
		name, dockerfile string
		lacks            apicaps.CapID
		lines            []int32
	}{
		{"one line", "FROM busybox\nCOPY a /\nCOPY --exclude=b . /\n", pb.CapFileCopyIncludeExcludePatterns, []int32{3}},
		{"several", "FROM busybox AS a\nCOPY --exclude=b . /\nFROM busybox\nCOPY --from=a / /\nADD --exclude=b . /\n", pb.CapFileCopyIncludeExcludePatterns, []int32{2, 5}},
		{"an image", "FROM busybox\nRUN true\n", pb.CapSourceImage, []int32{1}},
		{"a repository, which has no line of its own", "FROM busybox\nADD --checksum=" + sum + " https://github.com/org/repo.git /\nRUN true\n", pb.CapSourceGitChecksum, []int32{2}},
		{"nothing that is used", "FROM busybox\nCOPY a /\n", pb.CapFileCopyIncludeExcludePatterns, nil},
	} {
		lack := &apicaps.CapError{ID: c.lacks}
		err := locateCapError(fmt.Errorf("failed to solve: %w", lack), graphOf(t, c.dockerfile))
		if lines := sourceLines(err); !slices.Equal(lines, c.lines) || !errors.Is(err, lack) {
			t.Errorf("%s: lines %v, want %v (%v)", c.name, lines, c.lines, err)
		}
		for _, s := range errdefs.Sources(err) {
			if s.Info.Filename != "Dockerfile" || string(s.Info.Data) != c.dockerfile {
				t.Errorf("%s: shows %s", c.name, s.Info.Filename)
			}
		}
	}
}

// Other errors, and graphs without lines, stay as they are.
func TestLocateOtherError(t *testing.T) {
	def := graphOf(t, "FROM busybox\nCOPY --exclude=b . /\n")
	other := errors.New("failed to solve")
	if err := locateCapError(other, def); err != other {
		t.Errorf("error %v", err)
	}
	def.Source = nil
	lack := &apicaps.CapError{ID: pb.CapFileCopyIncludeExcludePatterns}
	if err := locateCapError(lack, def); err != error(lack) {
		t.Errorf("error %v", err)
	}
}
