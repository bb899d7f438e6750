package lower

import (
	"fmt"
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
)

// variables are the environment of a stage: the image's variables and the args.
type variables struct {
	// all is the environment for the expansion of instructions.
	all *env.List
	// runEnv is the environment of commands that ask for no explicit arg. It is
	// nil if it equals all.
	runEnv *env.List
	// explicit holds the names of the explicit args.
	explicit map[string]bool
	// declared are the ARGs so far, those of base stages first.
	declared []declaredArg
}

// declaredArg is an ARG of a stage.
type declaredArg struct {
	instructions.KeyValuePairOptional
	// explicit args reach only the steps that ask for them.
	explicit bool
}

// clone returns a copy for another stage.
func (v variables) clone() variables {
	v.all = v.all.Clone()
	if v.runEnv != nil {
		v.runEnv = v.runEnv.Clone()
	}
	v.explicit = maps.Clone(v.explicit)
	v.declared = slices.Clip(v.declared)
	return v
}

// set sets a variable for later instructions and commands.
func (v *variables) set(key, value string) {
	v.all.Set(key, value)
	if v.runEnv != nil {
		v.runEnv.Set(key, value)
	}
	delete(v.explicit, key)
}

// setPlain declares an arg that is not explicit. value is nil if it has none: the arg
// then keeps the value that it has. The last ARG of a name decides, so an explicit arg
// becomes plain, whether or not the client sets a value.
func (v *variables) setPlain(key string, value *string) {
	if current, ok := v.all.Get(key); ok && value == nil && v.explicit[key] {
		value = &current
	}
	if value != nil {
		v.set(key, *value)
	}
	delete(v.explicit, key)
}

// setExplicit declares an explicit arg. value is nil if it has none. Commands
// that do not ask for it see the image's variable of that name, if there is
// one.
func (v *variables) setExplicit(key string, value *string, inImage string, isInImage bool) {
	if v.explicit == nil {
		v.explicit = map[string]bool{}
		v.runEnv = v.all.Clone()
	}
	v.explicit[key] = true
	if !isInImage {
		v.runEnv.Delete(key)
	} else if seen, _ := v.runEnv.Get(key); seen != inImage {
		v.runEnv.Set(key, inImage)
	}
	if value != nil {
		v.all.Set(key, *value)
	}
}

// envFor returns the environment of a command that asks for some explicit args
// by name.
func (v variables) envFor(args []string) (*env.List, error) {
	for _, name := range args {
		if err := v.checkDeclared(name); err != nil {
			return nil, err
		}
	}
	if v.runEnv == nil {
		return v.all, nil
	}
	result := v.runEnv
	for _, name := range slices.Sorted(slices.Values(args)) {
		value, ok := v.all.Get(name)
		if !ok || !v.explicit[name] {
			continue
		}
		if result == v.runEnv {
			result = result.Clone()
		}
		result.Set(name, value)
	}
	return result, nil
}

func (v variables) isDeclared(name string) bool {
	return slices.ContainsFunc(v.declared, func(a declaredArg) bool { return a.Key == name })
}

func (v variables) checkDeclared(name string) error {
	if v.isDeclared(name) {
		return nil
	}
	var names []string
	for _, a := range v.declared {
		names = append(names, a.Key)
	}
	err := fmt.Errorf("--arg=%s: the stage declares no such ARG before this step", name)
	if found, err := suggest.WrapErrorMaybe(err, name, names, true); found {
		return err
	}
	return diag.WithHint(err, "write ARG --explicit %s above it", name)
}
