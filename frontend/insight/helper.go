package insight

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/advice"
)

// Paths in the helper container.
const (
	memoryDir   = "/memory"
	contextsDir = "/contexts"
	historyDir  = "/history"
	answerDir   = "/"
	answerFile  = "strata-answer.json.gz"
)

// A Request is the input of the helper process. It is not part of the cache key of
// the process.
type Request struct {
	// ID differs in each build.
	ID  string    `json:"id"`
	Now time.Time `json:"now"`
	// Program identifies the version of the program.
	Program string `json:"program,omitempty"`
	// DryRun records no build.
	DryRun bool  `json:"dryRun,omitempty"`
	State  State `json:"state"`
	// Histories is set if the client gave a build context with histories.
	Histories bool `json:"histories,omitempty"`
	// Memory is the id of the cache mount with the memory.
	Memory string `json:"memory,omitempty"`
	// Mark changes a record instead. It is the only field of its request.
	Mark *Mark `json:"mark,omitempty"`
	// Export asks for the history of the project instead of a comparison.
	Export bool `json:"export,omitempty"`
	// Reads are the steps whose runs in earlier builds are counted.
	Reads []advice.StepReads `json:"reads,omitempty"`
}

// An Answer is the output of the helper process.
type Answer struct {
	// ID is the ID of the request. It shows whether BuildKit took an old answer
	// from the cache.
	ID     string `json:"id"`
	Report Report `json:"report"`
	// Unchanged is set if an earlier build had all inputs of this one.
	Unchanged bool `json:"unchanged,omitempty"`
	// Record is the name of the record of the build in the memory.
	Record string `json:"record,omitempty"`
	// Evidence holds the counts for the Reads of the request.
	Evidence []Evidence `json:"evidence,omitempty"`
	// History is the answer to Export.
	History []byte `json:"history,omitempty"`
	// Notices are problems of the histories that the client gave.
	Notices []string `json:"notices,omitempty"`
	// Error says why there is no report.
	Error string `json:"error,omitempty"`
}

// failure returns the Error as an error, or nil.
func (a Answer) failure() error {
	if a.Error == "" {
		return nil
	}
	return errors.New(a.Error)
}

// RunHelper is the helper process: it compares the build of a request with the
// memory, records it, and writes the answer, or it marks a record. An error is part
// of the answer, as clients show the failure of a process.
func RunHelper(ctx context.Context) {
	debug.SetGCPercent(400) // the build needs the other processors
	answer, err := guard.Do(func() (Answer, error) {
		req, err := readRequest(os.Getenv)
		if err != nil {
			return Answer{}, err
		}
		m := memory{dir: memoryDir, clock: time.Now}
		if req.Mark != nil {
			return Answer{}, m.mark(*req.Mark)
		}
		return m.answer(ctx, req, contextsDir, historyDir)
	})
	if err != nil {
		answer = Answer{ID: answer.ID, Error: err.Error()}
	}
	_ = memory{dir: answerDir}.writeJSON(filepath.Join(answerDir, answerFile), answer) // an error leaves no answer
}

// answer compares a build with the builds before it, and records it. contexts and
// histories are directories.
func (m memory) answer(ctx context.Context, req Request, contexts, histories string) (Answer, error) {
	answer := Answer{ID: req.ID}
	var err error
	if !req.Export {
		if answer.Notices, err = m.importAll(histories, req); err != nil {
			return answer, err
		}
	}
	s, err := m.salt()
	if err != nil {
		return answer, err
	}
	now, files, err := readContexts(ctx, s.hashed(req.State), s, contexts)
	if err != nil {
		return answer, err
	}
	p := m.find(now, files)
	if req.Export {
		answer.History, err = m.export(req.Memory, p)
		return answer, err
	}
	look := p.lookWith(files)
	answer.Report, answer.Unchanged = compare(now, p.builds, look)
	if req.DryRun {
		if answer.Unchanged {
			answer.Report.Last = lastRun(now, p.builds, look, answer.Report.ComparedWith.Time)
		}
		answer.Evidence = evidence(now, p.builds, look, req.Reads)
		return answer, nil
	}
	for i := range now.Steps {
		now.Steps[i].Text = ""
	}
	build := Build{ID: req.ID, Time: req.Now, State: now, Program: req.Program}
	key := req.State.hash()
	if req.Histories {
		key += " " + s.listing(histories, nil)
	}
	build.Key, build.Listing = s.hash(key), s.listing(contexts, files)
	answer.Unchanged = answer.Unchanged && !now.writesContext() && (answer.Report.ComparedWith.Elsewhere || p.hasAnswer(build))
	answer.Record, err = m.add(p, build, files)
	return answer, err
}

// writesContext reports whether a step can write to a build context. While it does so,
// BuildKit computes the key of the comparison in another way, and the comparison of the
// next build runs again.
func (st State) writesContext() bool {
	return slices.ContainsFunc(st.Steps, func(s StepInputs) bool {
		return slices.ContainsFunc(s.Reads, func(r Read) bool { return r.Step < 0 && r.Writable })
	})
}

// hasAnswer reports whether BuildKit has the answer for a build already, unless the
// daemon has dropped it. A different version of Strata asks again, and so does a
// build that differs in files that no step reads, or in the name of an image.
func (p *project) hasAnswer(b Build) bool {
	return b.Listing != "" && slices.ContainsFunc(p.builds, func(old Build) bool {
		return old.Program == b.Program && old.Listing == b.Listing && old.Key == b.Key
	})
}

// readContexts reads the files that the steps read. It returns them by their
// digests, and the state with these digests.
func readContexts(ctx context.Context, st State, s salt, dir string) (State, map[string]Content, error) {
	files := map[string]Content{}
	lines := maxLines
	st.Steps = slices.Clone(st.Steps)
	scanners := map[int]*scanner{}
	known := map[string]string{} // read -> digest
	for i := range st.Steps {
		reads := slices.Clone(st.Steps[i].Reads)
		for j := range reads {
			r := &reads[j]
			if r.Step >= 0 || r.Unknown || r.Digest != "" {
				continue
			}
			key := keyOf(*r)
			if known[key] == "" {
				if scanners[r.Context] == nil {
					scanners[r.Context] = newScanner(filepath.Join(dir, fmt.Sprint(r.Context)), s, &lines)
				}
				content, err := scanners[r.Context].read(ctx, r.Files)
				if err != nil {
					return st, nil, err
				}
				known[key] = content.digest()
				files[known[key]] = content
			}
			r.Digest = known[key]
		}
		st.Steps[i].Reads = reads
	}
	return st, files, nil
}

// find returns the project of a build: the project that the client names, or
// else the one with the most similar last build. At least half of that build,
// and half of its instructions, must be in this one. files are the files of the
// build.
func (m memory) find(now State, files map[string]Content) *project {
	if now.Project != "" {
		return m.project(now.Project)
	}
	var best *project
	var most likeness
	for _, id := range m.projects() {
		p := m.open(id)
		p.loadLast()
		l := likenessOf(now, p.newest().State, p.lookWith(files))
		if l.isSameProject() && (best == nil || cmp.Or(l.compare(most), p.newest().Time.Compare(best.newest().Time)) > 0) {
			best, most = p, l
		}
	}
	if best != nil {
		best.loadAll()
		return best
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	return m.project(hex.EncodeToString(id))
}

// lookWith returns a function that finds the files of a build, or else files in
// the memory.
func (p *project) lookWith(files map[string]Content) contents {
	return func(digest string) Content {
		if c, ok := files[digest]; ok {
			return c
		}
		return p.content(digest)
	}
}
