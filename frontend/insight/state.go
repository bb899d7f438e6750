package insight

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// A State is everything that the steps of a build depend on. The frontend makes
// it with the values of the inputs. The memory holds a salted hash instead of
// each value.
type State struct {
	// Project identifies the project. It is empty if the client sends no data that
	// identifies it.
	Project string `json:"project,omitempty"`
	// Contexts are the names of the build contexts to which the reads refer.
	Contexts []string `json:"contexts,omitempty"`
	// Filtered is set if the client names the stages that ignore the cache.
	Filtered bool `json:"filtered,omitempty"`
	// Steps are the steps of all platforms, each after those that it depends
	// on.
	Steps []StepInputs `json:"steps"`
}

// StepInputs are the inputs of one step.
type StepInputs struct {
	Stage string `json:"stage"`
	Line  int    `json:"line"`
	// Text is the instruction as written. The memory holds only its keyword and
	// its hash.
	Text     string `json:"text,omitempty"`
	Keyword  string `json:"keyword,omitempty"`
	TextHash string `json:"textHash,omitempty"`
	Platform string `json:"platform,omitempty"`
	// Inputs are the parts of the cache key that are not filesystems. For a
	// command they hold only the variables that differ from the nearest command
	// before it. The variables of an image, and those that an instruction other
	// than RUN expands, are only for messages: the image and the text hold
	// them.
	Inputs []Input `json:"inputs,omitempty"`
	// Parent is the index of the step whose filesystem this one changes, -1 for
	// none.
	Parent int `json:"parent"`
	// ByContent is set if only the content of the parent's filesystem counts.
	ByContent bool   `json:"byContent,omitempty"`
	Reads     []Read `json:"reads,omitempty"`
	// Linked is set for a step that does not run again if Parent changes. Only
	// the steps after it do.
	Linked bool `json:"linked,omitempty"`
	Forced bool `json:"forced,omitempty"`
}

// isFrom and isRun report whether the step has this keyword.
func (s StepInputs) isFrom() bool { return s.Keyword == "FROM" }
func (s StepInputs) isRun() bool  { return strings.TrimPrefix(s.Keyword, "ONBUILD ") == "RUN" }

// An Input is a part of a cache key.
type Input struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name,omitempty"`
	// Value is the value, or its salted hash. Unset is set for a variable that
	// the command before has and this one does not.
	Value string `json:"value,omitempty"`
	Unset bool   `json:"unset,omitempty"`
}

// onlyExplains reports whether the input is in no key. It explains changes of others.
func (in Input) onlyExplains() bool { return in.Kind == kindEnvironment || in.Kind == kindOrigin }

// A Read is a filesystem from which a step reads files.
type Read struct {
	// Step is the index of the step that made the filesystem, -1 for a build
	// context.
	Step int `json:"step"`
	// Context is the index of the build context in State.Contexts.
	Context int       `json:"context"`
	Files   Selection `json:"files"`
	// BySteps is set if the key depends on the steps that made the filesystem,
	// not on its content.
	BySteps bool `json:"bySteps,omitempty"`
	// Writable is set if the step can change the files, for itself.
	Writable bool `json:"writable,omitempty"`
	// Digest is the digest of the selected files. The frontend sets it for a
	// source whose content is known without its files.
	Digest string `json:"digest,omitempty"`
	// Whole is set if Digest is that of a whole filesystem. With another one, the
	// selected files can be the same.
	Whole bool `json:"whole,omitempty"`
	// Unknown is set if the content is not known before the build fetches it.
	Unknown bool `json:"unknown,omitempty"`
	// Source is the URL of such content, or its salted hash.
	Source string `json:"source,omitempty"`
}

// A Selection selects the files of a filesystem that a step reads, by the rules
// of BuildKit's copy.
type Selection struct {
	Path     string   `json:"path"`
	Include  []string `json:"include,omitempty"`
	Exclude  []string `json:"exclude,omitempty"`
	Wildcard bool     `json:"wildcard,omitempty"`
	Follow   bool     `json:"follow,omitempty"`
}

// A salt makes it hard to guess values from their hashes.
type salt []byte

// hash returns a salted hash of a value.
func (s salt) hash(value string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(value))
	return hashText(mac)
}

// hashText returns a hash as text.
func hashText(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:12]) }

// hashed returns a state without values.
func (s salt) hashed(st State) State {
	steps := make([]StepInputs, len(st.Steps))
	for i, step := range st.Steps {
		inputs := make([]Input, len(step.Inputs))
		for j, in := range step.Inputs {
			if in.Kind != KindBase && !in.Unset { // digests are shown
				in.Value = s.hash(in.Value)
			}
			inputs[j] = in
		}
		step.Inputs = inputs
		step.Reads = slices.Clone(step.Reads)
		for j := range step.Reads {
			if source := &step.Reads[j].Source; *source != "" {
				*source = s.hash(*source)
			}
		}
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

// keyword returns the keyword of an instruction. For a trigger, it returns ONBUILD
// and the keyword after it.
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
