package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
)

// show runs the demonstrations in turn, and fails if one of them does not hold.
func (d demo) show(ctx context.Context) error {
	slow, err := d.threeBuilds(ctx, "Dockerfile.slow")
	if err != nil {
		return err
	}
	good, err := d.threeBuilds(ctx, "Dockerfile")
	if err != nil {
		return err
	}
	sentence, err := lesson(slow, good)
	if err != nil {
		return err
	}
	d.showSame(slow, good)
	var byFix time.Duration
	for _, part := range []func() error{
		func() error { return d.showOrder(sentence, slow, good) },
		func() error { return d.showAsked(ctx, slow.dockerfile) },
		func() (err error) { byFix, err = d.showFix(ctx); return err },
		func() error { return d.showTTL(ctx) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	d.showSum(slow, good, byFix)
	return nil
}

func (d demo) title(text string) { fmt.Fprintf(d.out, "\n== %s\n", text) }

// showSame compares the image that docker/dockerfile has built with the image that
// Strata took from its cache.
func (d demo) showSame(all ...runs) {
	d.title("The same image and the same cache as docker/dockerfile")
	for _, r := range all {
		fmt.Fprintf(d.out, "%s: %.19s... from both, and every step of the second is CACHED\n", r.dockerfile, r.cold.Digest())
	}
}

func (d demo) showOrder(sentence string, slow, good runs) error {
	d.title("An edit of the source, with the instructions in a bad and in a good order")
	for _, r := range []runs{slow, good} {
		if err := printTable(d.out, r); err != nil {
			return err
		}
	}
	fmt.Fprintf(d.out, "\n%s\n", sentence)
	return printWhy(d.out, slow, good)
}

// showAsked edits the source again, and requests a dry run instead of a build.
func (d demo) showAsked(ctx context.Context, dockerfile string) error {
	d.title("The same question before a build: docker buildx build --call=cache .")
	original, err := d.read(sourceFile)
	if err != nil {
		return err
	}
	if err := d.write(sourceFile, edited(original)); err != nil {
		return err
	}
	answer, err := d.ask(ctx, dockerfile, "frontend.cache")
	if err != nil {
		return err
	}
	fmt.Fprint(d.out, answer)
	return d.write(sourceFile, original)
}

// showTTL builds a step with a TTL twice at one time, and again a week later. The
// clock is SOURCE_DATE_EPOCH.
func (d demo) showTTL(ctx context.Context) error {
	d.title("A result that expires: # strata=cache-ttl=1w")
	now := time.Now()
	// The step is new in each demo: the result of an earlier one could still be
	// valid.
	dockerfile := fmt.Sprintf("FROM %s\n# strata=cache-ttl=1w\nRUN pip list > /report-%d\n", baseImage, now.UnixNano())
	if err := d.write("Dockerfile.weekly", dockerfile); err != nil {
		return err
	}
	for _, b := range []struct {
		when   string
		at     time.Time
		cached bool
	}{{"today", now, false}, {"today again", now, true}, {"in a week", now.AddDate(0, 0, 7), false}} {
		got, err := d.build(ctx, "Dockerfile.weekly", func(desc *buildrun.Build) {
			desc.Args = map[string]string{"SOURCE_DATE_EPOCH": strconv.FormatInt(b.at.Unix(), 10)}
		})
		if err != nil {
			return err
		}
		report, err := got.Step("RUN pip list")
		if err != nil {
			return err
		}
		if report.Cached != b.cached {
			return fmt.Errorf("%s the step was cached: %v", b.when, report.Cached)
		}
		fmt.Fprintf(d.out, "%-12s %s\n", b.when, cell(report))
	}
	return nil
}

// showSum prints the total time that the cache has saved.
func (d demo) showSum(slow, good runs, byFix time.Duration) {
	d.title("The seconds that were saved")
	change := slow.cold.Took - slow.unchanged.Took + good.cold.Took - good.unchanged.Took
	order := slow.edited.Took - good.edited.Took
	for _, row := range []struct {
		saved time.Duration
		what  string
	}{
		{change, "by the change from docker/dockerfile to Strata, which built nothing again"},
		{order, "with the first edit, by the good order"},
		{byFix, "with the second edit, by the fix"},
		{change + order + byFix, "in all"},
	} {
		fmt.Fprintf(d.out, "%8s  %s\n", seconds(row.saved), row.what)
	}
}
