package insight

import (
	"cmp"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Limits of the memory.
const (
	maxBuilds   = 16 // of a project
	maxProjects = 32
	maxEntry    = 32 << 20 // bytes of one file
	saltSize    = 32
)

// Names in a memory.
const (
	saltFile     = "salt"
	projectsDir  = "projects"
	recordSuffix = ".json.gz"
)

// A memory is a directory with the records of earlier builds on a daemon: the salt,
// a file for each build in a directory of its project, and the lists of files that
// builds have read, by their digest.
//
//	salt
//	projects/ID/BUILD.json.gz
//	projects/ID/files/DIGEST.gz
//
// Every file is written under a temporary name and then renamed, as a build may end
// at any time. A file that cannot be read counts as missing.
type memory struct {
	dir   string
	clock func() time.Time
}

// past returns a time, or the zero time for one in the future: the clock was wrong
// when it was recorded.
func (m memory) past(t time.Time) time.Time {
	if t.After(m.clock()) {
		return time.Time{}
	}
	return t
}

// salt returns the salt. The first build makes it.
func (m memory) salt() (salt, error) {
	name := filepath.Join(m.dir, saltFile)
	if s, err := os.ReadFile(name); err == nil && len(s) == saltSize {
		return s, nil
	}
	fresh := make([]byte, saltSize)
	_, _ = rand.Read(fresh) // never fails
	// Records with another salt would differ in every value.
	return fresh, errors.Join(os.RemoveAll(filepath.Join(m.dir, projectsDir)), m.put(name, fresh))
}

// A project holds the recorded builds of one project.
type project struct {
	memory memory
	dir    string
	builds []Build
	names  []string // of the builds' files
	cache  map[string]Content
}

// project reads the builds of a project.
func (m memory) project(id string) *project {
	p := m.open(id)
	p.loadAll()
	return p
}

// open returns a project without its builds.
func (m memory) open(id string) *project {
	return &project{memory: m, dir: filepath.Join(m.dir, projectsDir, id), cache: map[string]Content{}}
}

// loadLast reads only the build that was recorded last.
func (p *project) loadLast() {
	entries, _ := os.ReadDir(p.dir)
	last, newest := "", time.Time{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() {
			continue
		}
		if t := p.memory.past(info.ModTime()); !t.Before(newest) {
			last, newest = e.Name(), t
		}
	}
	p.load(last)
}

// loadAll reads the builds that are not read yet.
func (p *project) loadAll() {
	entries, _ := os.ReadDir(p.dir)
	for _, e := range entries {
		if !e.IsDir() && !slices.Contains(p.names, e.Name()) {
			p.load(e.Name())
		}
	}
}

// load reads a build, if its file is complete.
func (p *project) load(name string) {
	var b Build
	if readJSON(filepath.Join(p.dir, name), &b) == nil && b.valid() {
		p.builds, p.names = append(p.builds, b), append(p.names, name)
	}
}

// newest returns the last build, the zero Build if there is none.
func (p *project) newest() (newest Build) {
	for _, b := range p.builds {
		if !p.memory.past(b.Time).Before(p.memory.past(newest.Time)) {
			newest = b
		}
	}
	return newest
}

// byAge returns the indexes of the builds, with the last build first.
func (p *project) byAge() []int {
	order := make([]int, len(p.builds))
	for i := range order {
		order[i] = i
	}
	past := func(i int) time.Time { return p.memory.past(p.builds[i].Time) }
	slices.SortFunc(order, func(a, b int) int { return past(b).Compare(past(a)) })
	return order
}

// projects lists the ids of all projects.
func (m memory) projects() (ids []string) {
	entries, _ := os.ReadDir(filepath.Join(m.dir, projectsDir))
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids
}

// content returns a list of files, nil if it is not in the memory.
func (p *project) content(digest string) Content {
	c, ok := p.cache[digest]
	if !ok {
		c = p.readContent(digest)
		p.cache[digest] = c
	}
	return c
}

func (p *project) readContent(digest string) Content {
	data, err := read(p.contentFile(digest))
	if err != nil {
		return nil
	}
	c, err := decodeContent(data)
	if err != nil || c.digest() != digest {
		return nil
	}
	return c
}

func (p *project) contentFile(digest string) string {
	return filepath.Join(p.dir, "files", digest+".gz")
}

// add records a build and the files that it read, and removes the oldest builds
// above the limit. It replaces a build with the same inputs. It returns the name of
// the record.
func (m memory) add(p *project, b Build, files map[string]Content) (record string, err error) {
	if err := os.MkdirAll(filepath.Join(p.dir, "files"), 0o700); err != nil {
		return "", err
	}
	for digest, content := range files {
		if _, err := os.Stat(p.contentFile(digest)); err == nil {
			continue
		}
		if err := m.write(p.contentFile(digest), content.encode()); err != nil {
			return "", err
		}
	}
	name := filepath.Join(p.dir, keyOf(b.State.fullKeys())+recordSuffix)
	if err := m.writeJSON(name, b); err != nil {
		return "", err
	}
	m.forget(filepath.Base(p.dir))
	return filepath.Rel(m.dir, name)
}

// forget removes the oldest builds of a project, lists of files that no build
// needs, and the oldest projects.
func (m memory) forget(id string) {
	p := m.project(id)
	needed := map[string]bool{}
	for rank, i := range p.byAge() {
		if rank >= maxBuilds {
			_ = os.Remove(filepath.Join(p.dir, p.names[i]))
			continue
		}
		for digest := range p.builds[i].digests() {
			needed[filepath.Base(p.contentFile(digest))] = true
		}
	}
	entries, _ := os.ReadDir(filepath.Join(p.dir, "files"))
	for _, e := range entries {
		if !needed[e.Name()] {
			_ = os.Remove(filepath.Join(p.dir, "files", e.Name()))
		}
	}
	m.forgetProjects()
}

// forgetProjects removes the oldest projects above the limit.
func (m memory) forgetProjects() {
	type entry struct {
		name string
		used time.Time
	}
	var all []entry
	for _, id := range m.projects() {
		name := filepath.Join(m.dir, projectsDir, id)
		if info, err := os.Stat(name); err == nil {
			all = append(all, entry{name, m.past(info.ModTime())})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.name, b.name)) })
	for _, e := range all[min(maxProjects, len(all)):] {
		_ = os.RemoveAll(e.name)
	}
}

// digests returns the digests of the files that the steps of a build have read.
func (b Build) digests() map[string]bool {
	digests := map[string]bool{}
	for _, s := range b.State.Steps {
		for _, r := range s.Reads {
			digests[r.Digest] = true
		}
	}
	return digests
}

// valid reports whether a build that was read is complete.
func (b Build) valid() bool {
	for i, s := range b.State.Steps {
		if s.Parent >= i {
			return false
		}
		for _, r := range s.Reads {
			if r.Step >= i || r.Step < 0 && (r.Context < 0 || r.Context >= len(b.State.Contexts)) {
				return false
			}
		}
	}
	return true
}
