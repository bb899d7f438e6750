package insight

import (
	"cmp"
	"slices"
	"sort"
)

// maxFiles is the number of files that are compared to find the nearest build: of a
// large context, only the last builds are compared.
const maxFiles = 60_000

// A candidate is an earlier build to compare with.
type candidate struct {
	build *Build
	keys  []stepKey
	alignment
	// steps is the number of steps that differ, files the number of files that
	// differ. cached is the number of steps that are the same, with all steps
	// before them.
	steps, files, cached int
}

// nearest returns the earlier build with the fewest differences: in steps, then
// in files, then in early steps. Of equal builds it returns the most recent
// one.
func (c *comparison) nearest(builds []candidate) *candidate {
	if len(builds) == 0 {
		return nil
	}
	for i := range builds {
		c.measure(&builds[i])
	}
	fewest := slices.MinFunc(builds, func(a, b candidate) int { return cmp.Compare(a.steps, b.steps) }).steps
	builds = slices.DeleteFunc(builds, func(b candidate) bool { return b.steps > fewest })
	sort.SliceStable(builds, func(i, j int) bool { return builds[i].build.Time.After(builds[j].build.Time) })
	compared := 0
	for i := range builds {
		if compared >= maxFiles {
			builds = builds[:i]
			break
		}
		compared += c.measureFiles(&builds[i])
	}
	best := slices.MinFunc(builds, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.files, b.files), cmp.Compare(b.cached, a.cached))
	})
	return &best
}

// measure counts the steps that differ.
func (c *comparison) measure(b *candidate) {
	b.alignment = align(c.now, b.build.State, c.keys, b.keys)
	full := map[string]bool{}
	for _, key := range b.keys {
		full[key.full] = true
	}
	for i, j := range b.match {
		if j < 0 || b.moved[i] || c.keys[i].own != b.keys[j].own {
			b.steps++
		}
		if full[c.keys[i].full] {
			b.cached++
		}
	}
	for _, i := range b.back {
		if i < 0 {
			b.steps++
		}
	}
}

// measureFiles counts the files that differ, and returns the number of files
// that it has compared.
func (c *comparison) measureFiles(b *candidate) (compared int) {
	c.eachRead(b, func(now, before Read) {
		if now.Digest != before.Digest {
			old := c.look(before.Digest)
			compared += len(old)
			b.files += len(c.look(now.Digest).changedFiles(old, now.Files))
		}
	})
	return compared
}

// eachRead calls f for the files that a step and the corresponding step read
// from build contexts.
func (c *comparison) eachRead(b *candidate, f func(now, before Read)) {
	for i, j := range b.match {
		if j < 0 {
			continue
		}
		now, before := c.now.Steps[i].Reads, b.build.State.Steps[j].Reads
		for k := range min(len(now), len(before)) {
			if now[k].Step < 0 && before[k].Step < 0 {
				f(now[k], before[k])
			}
		}
	}
}
