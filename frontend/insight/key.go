package insight

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// A stepKey identifies a step by its inputs.
type stepKey struct {
	// own identifies the inputs of the step itself.
	own string
	// full identifies all inputs of the step and of the steps that it depends
	// on.
	full string
	// loose is full without the files that steps read from other stages, images
	// and commits. Only their content counts, which is not known before the build.
	loose string
	// layer and looseLayer decide whether the step runs. They are full and
	// loose, but leave out the step before a linked step.
	layer, looseLayer string
}

// fullKeys returns the full key of each step.
func (st State) fullKeys() (full []string) {
	for _, key := range st.stepKeys() {
		full = append(full, key.full)
	}
	return full
}

// stepKeys returns the keys of all steps.
func (st State) stepKeys() []stepKey {
	keys := make([]stepKey, len(st.Steps))
	for i, s := range st.Steps {
		key := &keys[i]
		looseOwn := ""
		key.own, looseOwn = s.ownKeys()
		full, loose := []string{key.own}, []string{looseOwn}
		for _, r := range s.Reads {
			if r.Step < 0 {
				continue
			}
			full = append(full, keys[r.Step].full)
			if r.BySteps {
				loose = append(loose, keys[r.Step].loose)
			}
		}
		key.layer, key.looseLayer = join(full), join(loose)
		key.full, key.loose = key.layer, key.looseLayer
		if s.Parent >= 0 {
			parent := keys[s.Parent]
			if s.ByContent {
				parent.loose = ""
			}
			key.full = join([]string{key.layer, parent.full, s.place()})
			key.loose = join([]string{key.looseLayer, parent.loose, s.place()})
		}
		if !s.Linked {
			key.layer, key.looseLayer = key.full, key.loose
		}
	}
	return keys
}

// place distinguishes a step that is linked to the one before it from others,
// because the steps after it have different inputs.
func (s StepInputs) place() string {
	if s.Linked {
		return "linked"
	}
	return ""
}

// unknownContent returns for each step whether it depends on content which is not known
// before the build: content that it reads, and any content.
func (st State) unknownContent() (reads, all []bool) {
	reads, all = make([]bool, len(st.Steps)), make([]bool, len(st.Steps))
	for i, s := range st.Steps {
		for _, r := range s.Reads {
			reads[i] = reads[i] || r.Unknown || r.Step >= 0 && all[r.Step]
		}
		all[i] = reads[i] || s.Parent >= 0 && all[s.Parent]
	}
	return reads, all
}

// hasUnknownContent reports whether a step may run although all known inputs are those
// of an earlier build.
func (c *comparison) hasUnknownContent(i int) bool {
	if c.now.Steps[i].Linked {
		return c.unknownReads[i]
	}
	return c.unknown[i]
}

// ownKeys returns keys for the inputs of the step itself: all inputs, and all
// but the images and commits from which it reads files.
func (s StepInputs) ownKeys() (own, loose string) {
	digests, looseDigests := make([]string, len(s.Reads)), make([]string, len(s.Reads))
	for i, r := range s.Reads {
		if r.Step < 0 {
			digests[i] = r.Digest
		}
		if !r.Whole || r.BySteps {
			looseDigests[i] = digests[i]
		}
	}
	var inputs []Input
	for _, in := range s.Inputs {
		switch {
		case in.onlyExplains(), in.Kind == KindVariable && !s.isRun():
			continue
		case isBase(in) && in.Value != "":
			in.Name = "" // an image counts by its digest alone
		}
		inputs = append(inputs, in)
	}
	own = keyOf([]any{inputs, digests})
	if s.isFrom() {
		return own, own
	}
	return own, keyOf([]any{slices.DeleteFunc(inputs, isBase), looseDigests})
}

func isBase(in Input) bool { return in.Kind == KindBase }

// keyOf returns a hash of a value, which JSON must be able to encode.
func keyOf(v any) string {
	dt, _ := json.Marshal(v) // structs of strings
	return hashOf(dt)
}

func join(keys []string) string { return hashOf([]byte(strings.Join(keys, " "))) }

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}
