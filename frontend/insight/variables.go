package insight

import "slices"

// variables are the variables of a step: those that the instruction expands, or
// the environment of a command. Each RUN holds only the differences from the
// command before it.
func (st State) variables(i int) map[string]string {
	all := map[string]string{}
	unset := map[string]bool{}
	collect := func(inputs []Input) {
		for _, in := range inputs {
			if in.Kind != KindVariable || unset[in.Name] {
				continue
			}
			if _, nearer := all[in.Name]; nearer {
				continue
			}
			if in.Unset {
				unset[in.Name] = true
			} else {
				all[in.Name] = in.Value
			}
		}
	}
	s := st.Steps[i]
	collect(s.Inputs)
	if !s.isRun() {
		return all
	}
	for i = st.commandBefore(i); i >= 0; i = st.commandBefore(i) {
		collect(st.Steps[i].Inputs)
	}
	return all
}

// commandBefore returns the command to which the variables of a step are
// relative, -1 if there is none.
func (st State) commandBefore(i int) int {
	for i = st.Steps[i].Parent; i >= 0; i = st.Steps[i].Parent {
		if st.Steps[i].isRun() {
			return i
		}
	}
	return -1
}

// imageVariables returns the variables from the base image of a step.
func (st State) imageVariables(i int) map[string]string {
	return st.valuesOf(st.imageOf(i), kindEnvironment)
}

// imageOf returns the FROM of a step, -1 if it has no base image.
func (st State) imageOf(i int) int {
	for i >= 0 && !st.Steps[i].isFrom() {
		i = st.Steps[i].Parent
	}
	return i
}

// valuesOf returns the inputs of a kind by name.
func (st State) valuesOf(i int, kind Kind) map[string]string {
	if i < 0 {
		return nil
	}
	all := map[string]string{}
	for _, in := range st.Steps[i].Inputs {
		if in.Kind == kind {
			all[in.Name] = in.Value
		}
	}
	return all
}

type inputName struct {
	kind Kind
	name string
}

// inputs returns all inputs of a step by name.
func (st State) inputs(i int) map[inputName]string {
	all := map[inputName]string{}
	for _, in := range st.Steps[i].Inputs {
		if in.Kind != KindVariable && !in.onlyExplains() {
			name := inputName{in.Kind, in.Name}
			all[name] += in.Value + "\n" // there can be several of a name
		}
	}
	for name, value := range st.variables(i) {
		all[inputName{KindVariable, name}] = value
	}
	return all
}

// has reports whether the step itself has an input of a name.
func (s StepInputs) has(name inputName) bool {
	return slices.ContainsFunc(s.Inputs, func(in Input) bool { return inputName{in.Kind, in.Name} == name })
}
