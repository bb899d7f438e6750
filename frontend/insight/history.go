package insight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
	errNoBuilds     = errors.New("this daemon remembers no build of this project")
	errNoHistory    = errors.New("it is not the output of --call=history")
	errOtherSalt    = errors.New("this daemon has builds of other projects, with another salt")
	errLargeHistory = errors.New("the lists of the files of the last build are too large for a history")
)

// export returns the history of a project as JSON: of its last builds, if it has too
// many. id is the id of the memory.
func (m memory) export(id string, p *project) ([]byte, error) {
	if len(p.builds) == 0 {
		return nil, errNoBuilds
	}
	s, err := m.salt()
	if err != nil {
		return nil, err
	}
	h := historyFile{Version: historyVersion, Memory: id, Project: filepath.Base(p.dir), Salt: s, Builds: map[string][]byte{}, Files: map[string][]byte{}}
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
		maps.Copy(h.Files, files)
	}
	if len(h.Builds) == 0 {
		return nil, errLargeHistory
	}
	return json.MarshalIndent(h, "", " ")
}

// filesOf returns the lists of files that a build has read, without those in known.
func (p *project) filesOf(b Build, known map[string][]byte) map[string][]byte {
	files := map[string][]byte{}
	for digest := range b.digests() {
		if known[digest] == nil {
			if data, err := os.ReadFile(p.contentFile(digest)); err == nil {
				files[digest] = data
			}
		}
	}
	return files
}

// importAll takes the histories in a directory that the build of a request can use, and
// returns the problems of the others. A memory that has builds of a project keeps these.
// A directory that does not exist has no histories.
func (m memory) importAll(dir string, req Request) (notices []string, err error) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		data, err := readLimited(filepath.Join(dir, e.Name()))
		if err != nil {
			return notices, err
		}
		if len(bytes.TrimSpace(data)) == 0 {
			continue // a shell leaves an empty file if the command that writes to it fails
		}
		h, err := parseHistory(data)
		if err == nil && h.isOf(req) {
			err = m.adopt(h, req)
		}
		if err != nil {
			notices = append(notices, fmt.Sprintf("the history %s is not used: %v", e.Name(), err))
		}
	}
	return notices, nil
}

// isOf reports whether a history has builds of the project of a request. A project that
// the client does not describe may be any of the memory.
func (h historyFile) isOf(req Request) bool {
	return h.Memory == req.Memory && (req.State.Project == "" || h.Project == req.State.Project)
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
		return h, fmt.Errorf("%w (%w)", errNoHistory, err)
	}
	if h.Version == 0 {
		return h, errNoHistory
	}
	if h.Version != historyVersion {
		return h, fmt.Errorf("it has version %d, and this version of Strata reads version %d", h.Version, historyVersion)
	}
	valid := len(h.Salt) == saltSize && isHash(h.Project) && len(h.Builds) <= maxBuilds
	for _, names := range [][]string{sortedKeys(h.Builds), sortedKeys(h.Files)} {
		valid = valid && !slices.ContainsFunc(names, func(name string) bool { return !isHash(name) })
	}
	if !valid {
		return h, errNoHistory
	}
	return h, nil
}

// isHash reports whether a name is one that a record can have.
func isHash(name string) bool {
	return len(name) >= 16 && len(name) <= 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// adopt adds the records of a history, unless the memory has builds of its project. All
// records of a memory have the same salt.
func (m memory) adopt(h historyFile, req Request) error {
	p := m.project(h.Project)
	if len(p.builds) > 0 {
		return nil
	}
	builds := h.builds()
	if len(builds) == 0 {
		return errNoHistory
	}
	if slices.ContainsFunc(m.projects(), func(id string) bool { return id != h.Project }) {
		if s, err := m.salt(); err != nil || !bytes.Equal(s, h.Salt) {
			// Similar builds of a project without a description may be in the memory.
			if req.State.Project == "" {
				return nil
			}
			return errOtherSalt
		}
	}
	if err := m.put(filepath.Join(m.dir, saltFile), h.Salt); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(p.dir, "files"), 0o700); err != nil {
		return err
	}
	for digest, data := range h.Files {
		if err := m.put(p.contentFile(digest), data); err != nil {
			return err
		}
	}
	for name, b := range builds {
		if err := m.writeJSON(filepath.Join(p.dir, name+recordSuffix), b); err != nil {
			return err
		}
	}
	return nil
}

// builds returns the valid records of a history.
func (h historyFile) builds() map[string]Build {
	builds := map[string]Build{}
	for name, data := range h.Builds {
		var b Build
		if decodeJSON(data, &b) == nil && b.valid() {
			b.Elsewhere = true
			builds[name] = b
		}
	}
	return builds
}
