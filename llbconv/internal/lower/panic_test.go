package lower

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

func TestPanicInAnInstructionIsAnError(t *testing.T) {
	st := &stage{run: &lowering{}, node: &plan.Stage{}}
	_, err := st.lower(State{}, plan.Step{}) // there is no command to lower
	if err == nil || !strings.Contains(err.Error(), "internal error: ") {
		t.Errorf("error %v", err)
	}
}
