package lower

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

func TestPanicInAnInstructionIsAnError(t *testing.T) {
	st := &stage{run: &lowering{}, node: &plan.Stage{}}
	_, err := st.lower(State{}, plan.Step{}) // without a command there is nothing to lower
	if err == nil || !strings.Contains(err.Error(), "internal error: ") {
		t.Errorf("error %v", err)
	}
}
