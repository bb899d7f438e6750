package insight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/advice"
)

// Arg is the build arg that turns the report off, or shows all of it.
const Arg = "STRATA_WHY"

// Verbosity is the amount of output.
type Verbosity string

// The values of the build arg. Default is On for a build that does not ask for it.
const (
	Default Verbosity = ""
	On      Verbosity = "on"
	Off     Verbosity = "off"
	All     Verbosity = "all"
)

// ParseVerbosity parses the value of the build arg.
func ParseVerbosity(value string) (Verbosity, error) {
	switch v := Verbosity(value); v {
	case Default, On, Off, All:
		return v, nil
	}
	return Off, fmt.Errorf("invalid build arg %s=%s (use on for the first causes, all for every cause, or off)", Arg, value)
}

// wait is how long a short build waits for the comparison.
func (v Verbosity) wait() time.Duration {
	if v == Default {
		return maxWait
	}
	return patientWait
}

// maxWait is how long a finished build waits for the comparison, unless the
// build itself took longer. One that asks for the comparison waits patientWait.
const (
	maxWait     = 3 * time.Second
	patientWait = 30 * time.Second
)

// longBuild is how long a build runs after the comparison until its record says
// that it is unfinished. Each change of a record costs a process: the record of a
// shorter build says from the start that all steps have run.
const longBuild = 2 * time.Second

var errTimeout = errors.New("the comparison with earlier builds took longer than the build")

// A Gather adds the steps of a build to a collection.
type Gather func(context.Context, *Collection) error

// A Watch compares one build with the builds before it, while it runs. It never
// fails a build.
type Watch struct {
	// Locked reports whether a lock pins an image. It may be nil, and is set before
	// Start.
	Locked func(image string) bool

	gateway   client.Client
	verbosity Verbosity
	request   Request
	steps     Collection

	cancel  context.CancelFunc // cancels the comparison
	done    chan struct{}
	started time.Time
	answer  Answer
	err     error

	built  chan struct{} // closed at the end of the build
	marked chan bool     // gets whether the record may be marked as unfinished
}

// NewWatch returns a watch for a build with its time and id.
func NewWatch(gateway client.Client, verbosity Verbosity, id string, now time.Time, project Project) *Watch {
	w := &Watch{gateway: gateway, verbosity: verbosity, request: Request{ID: id, Now: now}}
	w.steps.state.Filtered = gateway.BuildOpts().Opts["no-cache"] != "" // the stages; empty for all
	w.steps.memory = project.memory()
	if project.Described {
		w.steps.state.Project = project.ID
	}
	return w
}

// Start starts the comparison. gather adds the steps of the build.
func (w *Watch) Start(ctx context.Context, gather Gather) {
	w.done, w.built, w.marked, w.started = make(chan struct{}), make(chan struct{}), make(chan bool, 1), time.Now()
	ctx, w.cancel = context.WithCancel(ctx)
	go func() {
		defer close(w.done)
		w.answer, w.err = w.compare(ctx, gather)
	}()
	go func() { w.marked <- w.markLong(ctx) }()
}

// markLong marks the steps of a build that takes long as unfinished, as nothing can
// change the record when the build is cancelled. It reports whether the record may
// have the mark: a mark that fails may have been written.
func (w *Watch) markLong(ctx context.Context) bool {
	<-w.done
	if !w.isRecorded() {
		return false
	}
	select {
	case <-w.built:
		return false
	case <-ctx.Done():
		return false
	case <-time.After(longBuild):
		_ = w.mark(ctx, w.steps.unproven(nil))
		return true
	}
}

// isRecorded reports whether the comparison has recorded this build. BuildKit gives
// the answer for an earlier build if nothing has changed since.
func (w *Watch) isRecorded() bool { return w.err == nil && w.answer.ID == w.request.ID }

// mark marks steps of the build as unfinished, and all others as finished.
func (w *Watch) mark(ctx context.Context, unfinished []int) error {
	ctx, cancel := context.WithTimeout(ctx, w.verbosity.wait())
	defer cancel()
	m := Mark{Record: w.answer.Record, Build: w.request.ID, Unfinished: unfinished}
	_, err := guard.Do(func() (any, error) { return nil, w.steps.mark(ctx, w.gateway, m) })
	return err
}

func (w *Watch) compare(ctx context.Context, gather Gather) (Answer, error) {
	return guard.Do(func() (Answer, error) {
		if err := gather(ctx, &w.steps); err != nil {
			return Answer{}, err
		}
		answer, err := w.steps.solve(ctx, w.gateway, w.request)
		if w.Locked != nil {
			answer.Report.markLocked(w.Locked)
		}
		return answer, err
	})
}

// markLocked marks the images that have moved because the lock of the build was
// updated.
func (r Report) markLocked(locked func(image string) bool) {
	mark := func(reasons []Reason) {
		for i, reason := range reasons {
			reasons[i].Locked = reason.Kind == KindBase && reason.New != "" && locked(reason.Name)
		}
	}
	for _, c := range r.Causes {
		mark(c.Reasons)
	}
	for _, s := range r.Steps {
		mark(s.Reasons)
	}
}

// Finish waits a limited time for the answer, and prints its lines to the
// client. failed is the error of the build, nil if it succeeded. Finish returns
// the report, nil if there is none, or if the answer is that of an earlier build.
func (w *Watch) Finish(ctx context.Context, failed error) (*Report, error) {
	defer w.cancel()
	close(w.built)
	select {
	case <-w.done:
	case <-time.After(max(w.verbosity.wait(), time.Since(w.started))):
		return nil, errTimeout
	}
	if !w.isRecorded() {
		return nil, w.err
	}
	w.print(ctx, append(Lines(w.answer.Report, w.answer.Unchanged, w.request.Now, w.verbosity == All), w.notices(w.answer)...))
	return &w.answer.Report, w.markEnd(ctx, failed)
}

// markEnd corrects the record at the end of a build that failed or took long.
func (w *Watch) markEnd(ctx context.Context, failed error) error {
	marked := <-w.marked
	switch {
	case failed != nil:
		return w.mark(ctx, w.steps.unproven(failed))
	case marked:
		return w.mark(ctx, nil)
	}
	return nil
}

// DryRun compares a build that is not run, and does not record it. It also
// counts the earlier runs of the steps of reads.
func (w *Watch) DryRun(ctx context.Context, gather Gather, reads []advice.StepReads) (Report, []Evidence, error) {
	w.request.DryRun, w.request.Reads = true, reads
	answer, err := w.compare(ctx, gather)
	if err != nil {
		return Report{}, nil, fmt.Errorf("cannot compare with earlier builds: %w", err)
	}
	w.print(ctx, w.notices(answer))
	return answer.Report, answer.Evidence, nil
}

// History returns what the daemon remembers of the project, for another daemon.
func (w *Watch) History(ctx context.Context, gather Gather) ([]byte, error) {
	w.request.Export = true
	answer, err := w.compare(ctx, gather)
	return answer.History, err
}

// notices returns the lines about histories that are not used.
func (w *Watch) notices(answer Answer) (lines []string) {
	for _, n := range slices.Concat(w.steps.Notices, answer.Notices) {
		lines = append(lines, "why: "+printable(n))
	}
	return lines
}

// print shows each line as a step in the progress display of the client. Looking
// up a local source has no other effect.
func (w *Watch) print(ctx context.Context, lines []string) {
	for i, line := range lines {
		op := &pb.SourceOp{Identifier: fmt.Sprintf("local://strata-why-%s-%d", w.request.ID, i)}
		_, _ = w.gateway.ResolveSourceMetadata(ctx, op, sourceresolver.Opt{LogName: line})
	}
}
