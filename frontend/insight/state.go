package insight

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"
)

// A State is everything that the steps of a build depend on. The frontend makes
// it with the values of the inputs in clear. What is remembered of a build has a
// salted hash in the place of each value.
type State struct {
	// Project is the same for all builds of a project, empty where the client
	// sends nothing that tells projects apart.
	Project string `json:"project,omitempty"`
	// Contexts are the names of the build contexts that the reads refer to.
	Contexts []string `json:"contexts,omitempty"`
	// Steps of all platforms, each after those that it depends on.
	Steps []StepInputs `json:"steps"`
}

// StepInputs are the inputs of one step.
type StepInputs struct {
	Stage string `json:"stage"`
	Line  int    `json:"line"`
	// Text is the instruction as written. It is not remembered, but its keyword and
	// its hash are.
	Text     string `json:"text,omitempty"`
	Keyword  string `json:"keyword,omitempty"`
	TextHash string `json:"textHash,omitempty"`
	Platform string `json:"platform,omitempty"`
	// Inputs are the parts of the cache key that no filesystem gives. Of a command's
	// variables they hold those that differ from the ones of the nearest command
	// before it. The variables that an image sets, and those that another
	// instruction than RUN expands, are there to be named: the image and the text
	// count for them.
	Inputs []Input `json:"inputs,omitempty"`
	// Parent is the index of the step whose filesystem this one changes, -1 where
	// there is none.
	Parent int    `json:"parent"`
	Reads  []Read `json:"reads,omitempty"`
	// Linked is set for a step that does not run again where Parent changes: only
	// the steps after it do.
	Linked bool `json:"linked,omitempty"`
	Forced bool `json:"forced,omitempty"`
}

// isFrom and isRun tell the steps of these keywords.
func (s StepInputs) isFrom() bool { return s.Keyword == "FROM" }
func (s StepInputs) isRun() bool  { return strings.TrimPrefix(s.Keyword, "ONBUILD ") == "RUN" }

// An Input is a part of a cache key.
type Input struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name,omitempty"`
	// Value is the value, or its salted hash. Unset is set for a variable that a
	// command before this one has and this one does not.
	Value string `json:"value,omitempty"`
	Unset bool   `json:"unset,omitempty"`
}

// A Read is a filesystem of which a step reads files.
type Read struct {
	// Step is the index of the step that made the filesystem, -1 where it is a build
	// context.
	Step int `json:"step"`
	// Context is the index of the build context in State.Contexts.
	Context int       `json:"context"`
	Files   Selection `json:"files"`
	// BySteps is set where not the content counts, but the steps that made it.
	BySteps bool `json:"bySteps,omitempty"`
	// Digest is the digest of the files that are selected, where the content counts.
	// The frontend sets it for a source that is known without its files.
	Digest string `json:"digest,omitempty"`
	// Unknown is set where nothing tells the content before the build fetches it.
	Unknown bool `json:"unknown,omitempty"`
}

// A Selection says which files of a filesystem a step reads, as BuildKit's copy
// selects them.
type Selection struct {
	Path     string   `json:"path"`
	Include  []string `json:"include,omitempty"`
	Exclude  []string `json:"exclude,omitempty"`
	Wildcard bool     `json:"wildcard,omitempty"`
	Follow   bool     `json:"follow,omitempty"`
}

// A salt keeps values from being guessed from their hashes.
type salt []byte

// hash returns a salted hash of a value.
func (s salt) hash(value string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// hashFile returns a salted hash of the content of a file.
func (s salt) hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	mac := hmac.New(sha256.New, s)
	if _, err := io.Copy(mac, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(mac.Sum(nil)[:12]), nil
}

// hashed returns a state without values.
func (s salt) hashed(st State) State {
	steps := make([]StepInputs, len(st.Steps))
	for i, step := range st.Steps {
		inputs := make([]Input, len(step.Inputs))
		for j, in := range step.Inputs {
			if in.Kind != KindBase && !in.Unset { // a digest is shown
				in.Value = s.hash(in.Value)
			}
			inputs[j] = in
		}
		step.Inputs = inputs
		step.Keyword, step.TextHash = keyword(step.Text), s.hash(step.Text)
		steps[i] = step
	}
	st.Steps = steps
	contexts := make([]string, len(st.Contexts))
	for i, name := range st.Contexts {
		contexts[i] = redacted(name)
	}
	st.Contexts = contexts
	return st
}

// keyword is the instruction's keyword, behind ONBUILD for a trigger.
func keyword(text string) string {
	words := strings.Fields(text)
	if len(words) > 1 && words[0] == "ONBUILD" {
		return "ONBUILD " + strings.ToUpper(words[1])
	}
	if len(words) == 0 {
		return ""
	}
	return strings.ToUpper(words[0])
}
