package insight

import "time"

// A Build is the record of an earlier build.
type Build struct {
	// ID is the ID of the request.
	ID    string    `json:"id,omitempty"`
	Time  time.Time `json:"time"`
	State State     `json:"state"`
	// Elsewhere is set for a build of another daemon: this one may not have its results.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Unfinished holds the indexes of the steps that may not have run, because the
	// build failed or was cancelled.
	Unfinished []int `json:"unfinished,omitempty"`
	// Program is the hash of the program that made the comparison.
	Program string `json:"program,omitempty"`
	// Key is the salted hash of all inputs, including those that no cache key
	// holds.
	Key string `json:"key,omitempty"`
	// Listing is the hash of the names, times and sizes of all files of the build
	// contexts. It is empty if there are too many files.
	Listing string `json:"listing,omitempty"`
}

// contents looks up the files behind the digest of a read.
type contents func(digest string) Content

// compare explains the steps of a build by the builds before it. Both have
// hashed values. The second result is set if an earlier build that finished had
// all of the same steps.
func compare(now State, earlier []Build, look contents) (_ Report, unchanged bool) {
	c := &comparison{
		now:   now,
		keys:  now.stepKeys(),
		look:  look,
		known: map[string]bool{},
		loose: map[string]bool{},

		unfinished: map[string]bool{},
	}
	var candidates []candidate
	for i := range earlier {
		b := &earlier[i]
		keys := b.State.stepKeys()
		c.learn(*b, keys)
		candidates = append(candidates, candidate{build: b, keys: keys})
	}
	c.before = c.nearest(candidates)
	c.unknownReads, c.unknown = now.unknownContent()
	c.decide()
	c.findChanges()
	same := c.before != nil && c.before.steps == 0 && c.before.cached == len(now.Steps)
	return c.report(), same && c.allCached()
}

// comparison is one run of compare.
type comparison struct {
	now  State
	keys []stepKey
	look contents
	// known holds the keys of all steps of earlier builds that ran. The loose
	// keys leave out the files of other stages. unfinished holds the keys of steps
	// that may not have run.
	known, loose, unfinished map[string]bool
	before                   *candidate // nil if there is none to compare with
	// unknown and unknownReads are set for steps that depend on content which is
	// not known before the build.
	unknown, unknownReads []bool

	states  []StepState   // of each step
	changes []stepChanges // of each step
}

// learn records the steps of an earlier build.
func (c *comparison) learn(b Build, keys []stepKey) {
	unfinished := map[int]bool{}
	for _, i := range b.Unfinished {
		unfinished[i] = true
	}
	for i, key := range keys {
		if unfinished[i] {
			c.unfinished[key.layer] = true
			continue
		}
		c.known[key.layer] = true
		c.loose[key.looseLayer] = true
	}
}

// decide sets the state of each step.
func (c *comparison) decide() {
	for i, s := range c.now.Steps {
		state := Runs
		switch {
		case s.Forced:
			state = Forced
		case c.known[c.keys[i].layer] && !c.hasUnknownContent(i):
			state = Cached
		case c.known[c.keys[i].layer], c.loose[c.keys[i].looseLayer], c.unfinished[c.keys[i].layer]:
			state = MayRun
		}
		c.states = append(c.states, state)
	}
}

func (c *comparison) allCached() bool {
	for _, state := range c.states {
		if state != Cached {
			return false
		}
	}
	return true
}
