package insight

import (
	"regexp"
	"slices"
)

// A stage holds the steps of one stage for one platform.
type stage struct {
	platform, name string
	steps          []int
}

// stages lists the stages in order.
func (st State) stages() (list []stage) {
	type key struct{ platform, name string }
	index := map[key]int{}
	for i, s := range st.Steps {
		k := key{s.Platform, s.Stage}
		at, known := index[k]
		if !known {
			at = len(list)
			index[k] = at
			list = append(list, stage{platform: s.Platform, name: s.Stage})
		}
		list[at].steps = append(list[at].steps, i)
	}
	return list
}

// stagePair is a stage with the corresponding steps of the earlier build.
type stagePair struct {
	now, before []int
	newPlatform bool
}

// pairStages pairs each stage with a stage of the earlier build: the stage of
// the same name, or else the one with the most common steps.
func pairStages(now, before State, ours, theirs []stepKey) []stagePair {
	p := stagePairing{now: now.stages(), before: before.stages()}
	p.pairs = make([]stagePair, len(p.now))
	p.taken = make([]bool, len(p.before))
	p.platforms = p.earlierPlatforms()
	names := p.beforeByName()
	for i, s := range p.now {
		p.pairs[i].now = s.steps
		platform, known := p.platforms[s.platform]
		p.pairs[i].newPlatform = !known
		if j, ok := names[[2]string{platform, s.name}]; known && ok && !numbered.MatchString(s.name) {
			p.take(i, j)
		}
	}
	p.pairByContent(ours, theirs)
	for i, s := range p.now {
		platform, known := p.platforms[s.platform]
		if j, ok := names[[2]string{platform, s.name}]; known && ok && p.pairs[i].before == nil && !p.taken[j] {
			p.take(i, j)
		}
	}
	return p.pairs
}

// numbered matches the default names of stages.
var numbered = regexp.MustCompile(`^stage-\d+$`)

type stagePairing struct {
	now, before []stage
	pairs       []stagePair // by the index of now
	taken       []bool      // by the index of before
	// platforms maps the platforms of now to those of before.
	platforms map[string]string
}

func (p *stagePairing) take(i, j int) {
	p.pairs[i].before = p.before[j].steps
	p.taken[j] = true
}

// earlierPlatforms maps each platform to the same platform of the earlier
// build. If both builds have only one, it maps one to the other.
func (p *stagePairing) earlierPlatforms() map[string]string {
	ours, theirs := platformsOf(p.now), platformsOf(p.before)
	platforms := map[string]string{}
	for _, name := range ours {
		if slices.Contains(theirs, name) {
			platforms[name] = name
		} else if len(ours) == 1 && len(theirs) == 1 {
			platforms[name] = theirs[0]
		}
	}
	return platforms
}

func platformsOf(stages []stage) (names []string) {
	for _, s := range stages {
		if !slices.Contains(names, s.platform) {
			names = append(names, s.platform)
		}
	}
	return names
}

func (p *stagePairing) beforeByName() map[[2]string]int {
	names := map[[2]string]int{}
	for j, s := range p.before {
		names[[2]string{s.platform, s.name}] = j
	}
	return names
}

// pairByContent pairs the remaining stages by the steps that they have in
// common.
func (p *stagePairing) pairByContent(ours, theirs []stepKey) {
	where := map[string][]int{} // the stages of a step before
	for j, s := range p.before {
		if p.taken[j] {
			continue
		}
		for _, step := range s.steps {
			where[theirs[step].own] = append(where[theirs[step].own], j)
		}
	}
	for i, s := range p.now {
		if p.pairs[i].before != nil || p.pairs[i].newPlatform {
			continue
		}
		common := map[int]int{}
		for _, step := range s.steps {
			for _, j := range slices.Compact(slices.Clone(where[ours[step].own])) {
				if !p.taken[j] && p.before[j].platform == p.platforms[s.platform] {
					common[j]++
				}
			}
		}
		if j, ok := p.mostCommon(s.name, common); ok {
			p.take(i, j)
		}
	}
}

// mostCommon prefers the stage of the same name, then the first one.
func (p *stagePairing) mostCommon(name string, common map[int]int) (best int, found bool) {
	for j := range p.before {
		n := common[j]
		better := n > common[best] || n == common[best] && p.before[j].name == name
		if n > 0 && (!found || better) {
			best, found = j, true
		}
	}
	return best, found
}
