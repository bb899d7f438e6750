package buildrun

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/opencontainers/go-digest"
)

// Report describes a build.
type Report struct {
	// Steps are all vertexes of the build, each after its inputs. They include the
	// frontend's own steps ("[internal] ...").
	Steps []*Step
	// Warnings are the warnings of the frontend and the daemon.
	Warnings []client.VertexWarning
	// Response is the response of the exporters.
	Response map[string]string
	// Started and Took describe the whole build, as measured by the caller.
	Started time.Time
	Took    time.Duration

	byDigest map[digest.Digest]*Step
}

// Step is one vertex of the build.
type Step struct {
	Name      string // as the clients print it: "[2/4] RUN make"
	Digest    digest.Digest
	Inputs    []digest.Digest
	Cached    bool
	Started   time.Time // zero if the daemon did not start it
	Completed time.Time
	Error     string
	Logs      string // its output, both streams together
}

// Took returns the duration of the step.
func (s *Step) Took() time.Duration {
	if s.Started.IsZero() || s.Completed.IsZero() {
		return 0
	}
	return s.Completed.Sub(s.Started)
}

// Ran reports whether the step was really executed.
func (s *Step) Ran() bool { return !s.Cached && !s.Completed.IsZero() && s.Error == "" }

// instruction matches the names of the steps that are instructions of the
// Dockerfile.
var instruction = regexp.MustCompile(`^\[(?:[^\]]* )?\d+/\d+\] `)

// Instruction returns the Dockerfile's line without the step's number, or "" for
// steps of the frontend or the exporter.
func (s *Step) Instruction() string {
	if at := instruction.FindStringIndex(s.Name); at != nil {
		return s.Name[at[1]:]
	}
	return ""
}

func (s *Step) String() string {
	switch {
	case s.Error != "":
		return fmt.Sprintf("%s: FAILED: %s", s.Name, s.Error)
	case s.Cached:
		return s.Name + ": CACHED"
	case s.Completed.IsZero():
		return s.Name + ": not run"
	}
	return fmt.Sprintf("%s: ran, %.1f s", s.Name, s.Took().Seconds())
}

// String lists the steps, one on a line.
func (r *Report) String() string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintln(&b, s)
	}
	return b.String()
}

// Instructions returns the steps that are instructions of the Dockerfile, including
// FROM.
func (r *Report) Instructions() []*Step {
	return slices.DeleteFunc(slices.Clone(r.Steps), func(s *Step) bool { return s.Instruction() == "" })
}

// Ran returns the names of the Dockerfile's steps that were executed. Ran and
// Cached omit FROM lines: whether the daemon reports them as cached depends on its
// knowledge of the image, not on the build.
func (r *Report) Ran() []string { return r.names((*Step).Ran) }

// Cached returns the names of the Dockerfile's steps that came from the cache.
func (r *Report) Cached() []string { return r.names(func(s *Step) bool { return s.Cached }) }

func (r *Report) names(keep func(*Step) bool) []string {
	var names []string
	for _, s := range r.Instructions() {
		if !strings.HasPrefix(s.Instruction(), "FROM ") && keep(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Step returns the only step whose name contains text. It ignores lines that say
// why steps ran.
func (r *Report) Step(text string) (*Step, error) {
	found := slices.DeleteFunc(slices.Clone(r.Steps), func(s *Step) bool {
		return !strings.Contains(s.Name, text) || strings.HasPrefix(s.Name, whyPrefix)
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("%d steps hold %q; the build has:\n%s", len(found), text, r)
	}
	return found[0], nil
}

// whyPrefix is the prefix of Strata's lines that say why steps ran.
const whyPrefix = "why: "

// Why returns the lines that say why steps ran.
func (r *Report) Why() []string {
	var lines []string
	for _, s := range r.Steps {
		if strings.HasPrefix(s.Name, whyPrefix) {
			lines = append(lines, s.Name)
		}
	}
	return lines
}

// Logs returns the output of all steps, in the order of the steps.
func (r *Report) Logs() string {
	var b strings.Builder
	for _, s := range r.Steps {
		b.WriteString(s.Logs)
	}
	return b.String()
}

// Digest returns the digest of the image that an exporter made, or "".
func (r *Report) Digest() string { return r.Response[exptypes.ExporterImageDigestKey] }

func newReport() *Report {
	return &Report{Started: time.Now(), byDigest: map[digest.Digest]*Step{}}
}

// add processes one message of the daemon.
func (r *Report) add(st *client.SolveStatus) {
	for _, v := range st.Vertexes {
		r.step(v.Digest).update(v)
	}
	for _, l := range st.Logs {
		r.step(l.Vertex).Logs += string(l.Data)
	}
	for _, w := range st.Warnings {
		r.Warnings = append(r.Warnings, *w)
	}
}

func (r *Report) step(d digest.Digest) *Step {
	s, ok := r.byDigest[d]
	if !ok {
		s = &Step{Digest: d}
		r.byDigest[d] = s
		r.Steps = append(r.Steps, s)
	}
	return s
}

// update applies the changes of a vertex. A vertex can start several times, for
// example first for its cache key and later for its execution.
func (s *Step) update(v *client.Vertex) {
	s.Name, s.Inputs, s.Error = v.Name, v.Inputs, v.Error
	// A cached layer that is fetched from a registry is reported once more, without
	// the mark, while it is fetched.
	s.Cached = s.Cached || v.Cached
	if v.Started != nil && (s.Started.IsZero() || v.Started.Before(s.Started)) {
		s.Started = *v.Started
	}
	if v.Completed != nil && v.Completed.After(s.Completed) {
		s.Completed = *v.Completed
	}
}

func (r *Report) finish() {
	r.Took = time.Since(r.Started)
	heard := r.Steps
	r.Steps = nil
	placed := map[*Step]bool{}
	for _, s := range heard {
		r.place(s, placed)
	}
}

// place appends a step after its inputs: the daemon may report them in any order.
func (r *Report) place(s *Step, placed map[*Step]bool) {
	if s == nil || placed[s] {
		return
	}
	placed[s] = true
	for _, d := range s.Inputs {
		r.place(r.byDigest[d], placed)
	}
	if s.Name != "" {
		r.Steps = append(r.Steps, s)
	}
}
