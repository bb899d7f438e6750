package lower

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// Uses is what a stage takes from the client, for the outline of a build.
type Uses struct {
	// Args are the ARGs that the stage declares with a value of its own, and
	// ArgNames all that it declares.
	Args     map[string]plan.Arg
	ArgNames []string
	Secrets  map[string]Need
	SSH      map[string]Need
}

// A Need is a secret or an SSH agent that a step uses.
type Need struct {
	Required bool
	Location []parser.Range
}

func (st *stage) useArg(a plan.Arg, global bool) {
	if !global {
		if st.Args == nil {
			st.Args = map[string]plan.Arg{}
		}
		st.Args[a.Definition.Key] = a
	}
	st.ArgNames = append(st.ArgNames, a.Definition.Key)
}

// need records the first use of an id.
func (in instruction) need(needs *map[string]Need, id string, required bool) {
	if *needs == nil {
		*needs = map[string]Need{}
	}
	if _, ok := (*needs)[id]; !ok {
		(*needs)[id] = Need{Required: required, Location: in.Location()}
	}
}
