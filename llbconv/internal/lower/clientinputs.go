package lower

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// ClientInputs lists the inputs that a stage takes from the client, for the
// outline of a build.
type ClientInputs struct {
	// Args are the ARGs that the stage declares with a value of its own.
	// ArgNames are the names of all ARGs that it declares.
	Args     map[string]plan.Arg
	ArgNames []string
	Secrets  map[string]Requirement
	SSH      map[string]Requirement
}

// A Requirement is a secret or an SSH agent that a step uses.
type Requirement struct {
	Required bool
	Location []parser.Range
}

func (c *ClientInputs) addArg(a plan.Arg, global bool) {
	if !global {
		if c.Args == nil {
			c.Args = map[string]plan.Arg{}
		}
		c.Args[a.Definition.Key] = a
	}
	c.ArgNames = append(c.ArgNames, a.Definition.Key)
}

// addSecret records the first use of a secret.
func (c *ClientInputs) addSecret(id string, r Requirement) {
	c.Secrets = withFirst(c.Secrets, id, r)
}

// addSSH records the first use of an SSH agent.
func (c *ClientInputs) addSSH(id string, r Requirement) {
	c.SSH = withFirst(c.SSH, id, r)
}

// withFirst adds a requirement to a map, unless the map has one of the same id.
func withFirst(m map[string]Requirement, id string, r Requirement) map[string]Requirement {
	if m == nil {
		m = map[string]Requirement{}
	}
	if _, ok := m[id]; !ok {
		m[id] = r
	}
	return m
}
