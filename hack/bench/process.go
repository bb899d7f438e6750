package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/stratabuild/strata/hack/bench/tap/record"
	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// small returns a build of two stages with an ignore file, whose steps are cheap.
// head is put before its Dockerfile.
func small(head string) map[string]string {
	return map[string]string{".dockerignore": "*.o\n", "Dockerfile": head + `FROM busybox AS files
WORKDIR /work
COPY . .
RUN echo built >built
FROM alpine
COPY --from=files /work /work
RUN cat /work/built
CMD ["cat", "/work/built"]
`}
}

// process measures the frontends' own processes in real builds.
func (r *Runner) process(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	dir, err := g.project(small(""))
	if err != nil {
		return err
	}
	// The comparison with earlier builds would be one more solve.
	quick := buildrun.Build{Context: dir, Args: map[string]string{"STRATA_WHY": "off"}}
	as, bs, err := r.tapped(ctx, quick, 3*r.Rounds+1, false)
	if err != nil {
		return err
	}
	as, bs = as[1:], bs[1:] // the first build of each is not a warm one
	r.add(compare(Row{Name: "warm build, first call to final solve", Unit: "ms", Limit: 0.6}, as, bs,
		func(c record.Record) float64 { return millis(c.Submitted() - c.Connected()) }))
	r.add(compare(Row{Name: "start of the process to first call", Unit: "ms", Limit: 1.0}, as, bs,
		func(c record.Record) float64 { return millis(c.Connected()) }))
	if as, bs, err = r.tapped(ctx, buildrun.Build{Context: dir}, r.Rounds, false); err != nil {
		return err
	}
	mb := func(c record.Record) float64 { return float64(c.PeakKB) / 1000 }
	r.add(compare(Row{Name: "peak memory, typical", Unit: "MB", Limit: 1.0}, as, bs, mb))
	if err := r.longFile(ctx, mb); err != nil {
		return err
	}
	return r.imageSize(ctx)
}

// longFile measures the memory for 10,000 steps. The steps do not run: the build is
// cancelled when the frontend has ended.
func (r *Runner) longFile(ctx context.Context, mb func(record.Record) float64) error {
	g := r.environment
	c := families[0].of(10_000)
	dir, err := g.project(map[string]string{"Dockerfile": string(c.Dockerfile)})
	if err != nil {
		return err
	}
	as, bs, err := r.tapped(ctx, buildrun.Build{Context: dir, Args: map[string]string{"BUILDKIT_DOCKERFILE_CHECK": "skip=all"}}, min(r.Rounds, 3), true)
	if err != nil {
		return err
	}
	r.add(compare(Row{Name: "peak memory, 10,000 steps", Unit: "MB", Limit: 0.5}, as, bs, mb))
	return nil
}

func (r *Runner) imageSize(ctx context.Context) error {
	a, err := compressed(ctx, r.environment.strata)
	if err != nil {
		return err
	}
	b, err := compressed(ctx, r.environment.reference)
	if err != nil {
		return err
	}
	r.add(Row{Name: "image, compressed", Unit: "MB", Strata: a / 1e6, Reference: b / 1e6, Ratio: a / b, Limit: 1.0})
	return nil
}

// tapped builds with both frontends in turn, like a syntax line, and returns their
// records. If only the frontend matters, a build is cancelled when the frontend has
// ended.
func (r *Runner) tapped(ctx context.Context, b buildrun.Build, rounds int, giveUp bool) (strata, reference []record.Record, err error) {
	with := func(image string) func() (record.Record, error) {
		return func() (record.Record, error) { return r.environment.record(ctx, b, image, giveUp) }
	}
	return inTurn(rounds, with(r.environment.tappedStrata), with(r.environment.tappedReference))
}

// record builds with a tapped frontend, until the frontend has ended.
func (g *environment) record(ctx context.Context, b buildrun.Build, image string, giveUp bool) (record.Record, error) {
	before, err := os.Stat(g.daemon.LogFile())
	if err != nil {
		return record.Record{}, err
	}
	args := map[string]string{"BUILDKIT_SYNTAX": image}
	maps.Copy(args, b.Args)
	b.Args = args
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := g.build(building, b)
		ended <- err
	}()
	if !giveUp {
		if err := <-ended; err != nil {
			return record.Record{}, err
		}
		return g.lastRecord(before.Size())
	}
	rec, err := g.lastRecord(before.Size())
	cancel()
	<-ended // with the error of the cancellation
	return rec, err
}

// build builds, and returns the duration in milliseconds.
func (g *environment) build(ctx context.Context, b buildrun.Build) (float64, error) {
	rep, err := buildrun.Run(ctx, g.client, b)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, host.LastLines(rep.Logs(), 20))
	}
	return millis(rep.Took), nil
}

// lastRecord reads the record that was added to the daemon's log after the log had
// the given size.
func (g *environment) lastRecord(from int64) (rec record.Record, err error) {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		log, err := os.ReadFile(g.daemon.LogFile())
		if err != nil {
			return rec, err
		}
		_, line, found := bytes.Cut(log[from:], []byte(record.Mark+" "))
		line, _, whole := bytes.Cut(line, []byte("\n"))
		if found && whole {
			return rec, json.Unmarshal(line, &rec)
		}
	}
	return rec, errors.New("the frontend did not end")
}
