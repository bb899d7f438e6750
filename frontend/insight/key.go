package insight

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// keys returns a key for each step: the same for two steps exactly if all their
// inputs are the same, and those of the steps that they depend on.
func (st State) keys() []string {
	keys := make([]string, len(st.Steps))
	for i, s := range st.Steps {
		material := struct {
			Platform string
			Inputs   []Input
			Parent   string
			Reads    []string
		}{Platform: s.Platform, Inputs: s.Inputs}
		if s.Parent >= 0 {
			material.Parent = keys[s.Parent]
		}
		for _, r := range s.Reads {
			from := "content " + r.Digest
			if r.Step >= 0 {
				from = "step " + keys[r.Step]
			}
			material.Reads = append(material.Reads, from)
		}
		keys[i] = keyOf(material)
	}
	return keys
}

// ownKeys returns a key for each step without what it depends on. Steps whose own
// inputs are the same have the same one, whatever changed before them.
func (st State) ownKeys() []string {
	keys := make([]string, len(st.Steps))
	for i, s := range st.Steps {
		s.Line, s.Stage, s.Parent, s.Text = 0, "", 0, ""
		reads := make([]Read, len(s.Reads))
		for j, r := range s.Reads {
			reads[j] = Read{Files: r.Files, Digest: r.Digest}
		}
		s.Reads = reads
		keys[i] = keyOf(s)
	}
	return keys
}

// overlap is the number of steps of a state whose own inputs an earlier state has
// as well.
func (st State) overlap(before State) (n int) {
	has := map[string]bool{}
	for _, key := range before.ownKeys() {
		has[key] = true
	}
	for _, key := range st.ownKeys() {
		if has[key] {
			n++
		}
	}
	return n
}

// keyOf is a hash of a value that JSON can hold.
func keyOf(v any) string {
	dt, _ := json.Marshal(v) // structs of strings
	sum := sha256.Sum256(dt)
	return hex.EncodeToString(sum[:12])
}
