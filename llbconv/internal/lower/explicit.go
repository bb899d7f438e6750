package lower

import (
	"fmt"
	"slices"

	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/internal/env"
)

// visible are the variables that the command of a RUN sees: all but the
// explicit args that it does not ask for.
func (in instruction) visible(s State) (*env.List, error) {
	for _, name := range in.Flags.Args {
		if err := in.checkDeclared(s, name); err != nil {
			return nil, err
		}
	}
	if s.shown == nil {
		return s.Env, nil
	}
	visible := s.shown
	for _, name := range slices.Sorted(slices.Values(in.Flags.Args)) {
		value, ok := s.Env.Get(name)
		if !ok || !s.explicit[name] {
			continue
		}
		if visible == s.shown {
			visible = visible.Clone()
		}
		visible.Set(name, value)
	}
	return visible, nil
}

func (in instruction) checkDeclared(s State, name string) error {
	var names []string
	for _, a := range s.BuildArgs {
		if a.Key == name {
			return nil
		}
		names = append(names, a.Key)
	}
	err := fmt.Errorf("--arg=%s: the stage declares no such ARG before this step", name)
	if found, err := suggest.WrapErrorMaybe(err, name, names, true); found {
		return err
	}
	return fmt.Errorf("%w (write ARG --explicit %s above it)", err, name)
}
