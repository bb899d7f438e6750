package insight

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxHistory is the size of the records in a history, in bytes. Older builds are left
// out.
const maxHistory = 4 << 20

// A historyFile holds the records of a project, with which another daemon can begin. The
// records are compressed files of the memory.
type historyFile struct {
	Version int `json:"version"`
	// Memory is the id of the cache mount that had the records. Projects that share one
	// have the same salt.
	Memory  string `json:"memory"`
	Project string `json:"project"`
	Salt    []byte `json:"salt"`
	// Builds and Files have records by their keys and digests.
	Builds map[string][]byte `json:"builds"`
	Files  map[string][]byte `json:"files"`
}

const historyVersion = 1

var (
	errNoBuilds     = errors.New("this builder remembers no build of this project")
	errLargeHistory = errors.New("the lists of the files of the last build are too large for a history")
)

// export returns the history of a project as JSON: of its last builds, if it has too
// many. id is the id of the memory.
func (m memory) export(id string, p *project) ([]byte, error) {
	s, err := m.salt()
	if err != nil {
		return nil, err
	}
	h := historyFile{Version: historyVersion, Memory: id, Project: filepath.Base(p.dir), Salt: s, Builds: map[string][]byte{}, Files: map[string][]byte{}}
	if len(p.builds) == 0 {
		return nil, errNoBuilds
	}
	size := 0
	for _, i := range p.byAge() {
		record, err := os.ReadFile(filepath.Join(p.dir, p.names[i]))
		if err != nil {
			return nil, err
		}
		files := p.filesOf(p.builds[i], h.Files)
		for _, data := range files {
			size += len(data)
		}
		if size += len(record); size > maxHistory {
			break
		}
		h.Builds[strings.TrimSuffix(p.names[i], recordSuffix)] = record
		for digest, data := range files {
			h.Files[digest] = data
		}
	}
	if len(h.Builds) == 0 {
		return nil, errLargeHistory
	}
	return json.MarshalIndent(h, "", " ")
}

// filesOf returns the lists of files that a build has read, without those in known.
func (p *project) filesOf(b Build, known map[string][]byte) map[string][]byte {
	files := map[string][]byte{}
	for _, s := range b.State.Steps {
		for _, r := range s.Reads {
			if known[r.Digest] == nil {
				if data, err := os.ReadFile(p.contentFile(r.Digest)); err == nil {
					files[r.Digest] = data
				}
			}
		}
	}
	return files
}

// imported describes the histories that a client gave.
type imported struct {
	// adopted is set if the memory has taken records of one.
	adopted bool
	// hash identifies the histories. It is empty if there are none.
	hash string
	// notices are their problems.
	notices []string
}

// importAll takes the histories in a directory that the build of a request can use. A
// memory that has builds of a project keeps these. A directory that does not exist has
// no histories.
func (m memory) importAll(dir string, req Request) (in imported, err error) {
	entries, _ := os.ReadDir(dir)
	var all []string
	for _, e := range entries {
		if !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		data, err := readLimited(filepath.Join(dir, e.Name()))
		if err != nil {
			return in, err
		}
		if len(bytes.TrimSpace(data)) == 0 {
			continue // as a shell leaves it if the command fails whose output it holds
		}
		all = append(all, hashOf(data))
		h, err := parseHistory(data)
		if err != nil {
			in.notices = append(in.notices, fmt.Sprintf("the history %s is not used: %v", e.Name(), err))
			continue
		}
		if h.Memory != req.Memory || req.State.Project != "" && h.Project != req.State.Project || !m.accepts(h) {
			continue
		}
		if err := m.adopt(h); err != nil {
			return in, err
		}
		in.adopted = true
	}
	if len(all) > 0 {
		in.hash = join(all)
	}
	return in, nil
}

// readLimited reads a file up to a size that no history has.
func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 2*maxHistory))
}

func parseHistory(data []byte) (h historyFile, err error) {
	if err := json.Unmarshal(data, &h); err != nil {
		return h, fmt.Errorf("it is not the output of --call=history (%w)", err)
	}
	if h.Version != historyVersion {
		return h, fmt.Errorf("it has version %d, and this version of Strata reads version %d", h.Version, historyVersion)
	}
	valid := len(h.Salt) == saltSize && isHash(h.Project) && len(h.Builds) <= maxBuilds
	for _, names := range [][]string{sortedKeys(h.Builds), sortedKeys(h.Files)} {
		valid = valid && !slices.ContainsFunc(names, func(name string) bool { return !isHash(name) })
	}
	if !valid {
		return h, errors.New("it is not the output of --call=history")
	}
	return h, nil
}

// isHash reports whether a name is one that a record can have.
func isHash(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) >= 16
}

// accepts reports whether the records of a history can be used beside those of the
// memory: all have the same salt, and the memory has none of the project.
func (m memory) accepts(h historyFile) bool {
	ids := m.projects()
	if len(ids) == 0 {
		return true
	}
	s, err := m.salt()
	return err == nil && bytes.Equal(s, h.Salt) && !slices.Contains(ids, h.Project)
}

// adopt adds the records of a history.
func (m memory) adopt(h historyFile) error {
	if err := m.put(filepath.Join(m.dir, saltFile), h.Salt); err != nil {
		return err
	}
	p := m.open(h.Project)
	if err := os.MkdirAll(filepath.Join(p.dir, "files"), 0o700); err != nil {
		return err
	}
	for digest, data := range h.Files {
		if err := m.put(p.contentFile(digest), data); err != nil {
			return err
		}
	}
	for name, data := range h.Builds {
		var b Build
		if decodeJSON(bytes.NewReader(data), &b) != nil || !b.valid() {
			continue
		}
		b.Elsewhere = true
		if err := m.writeJSON(filepath.Join(p.dir, name+recordSuffix), b); err != nil {
			return err
		}
	}
	return nil
}
