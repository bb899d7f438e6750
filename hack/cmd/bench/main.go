// Command bench measures Strata and the reference and prints one table:
//
//	bench [-rounds N] [-json FILE] [-timeline FILE] [-check] [SERIES ...]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/stratabuild/strata/hack/bench"
	"github.com/stratabuild/strata/hack/internal/host"
)

func main() {
	rounds := flag.Int("rounds", 9, "pairs of measurements for each row")
	table := flag.String("json", "", "write the table to this file as JSON")
	timeline := flag.String("timeline", "", "write the picture of the calls of one build to this file")
	check := flag.Bool("check", false, "fail if a row is above its limit")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "bench [flags] [series ...]\n\nThe series:")
		for _, b := range bench.AllSeries() {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-9s %s\n", b.Name, b.About)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	host.Main("bench", func(ctx context.Context) error {
		r := &bench.Runner{Log: os.Stdout, Rounds: *rounds}
		err := errors.Join(r.Run(ctx, flag.Args()...), r.Close())
		if err == nil && *table != "" {
			err = r.WriteJSON(*table)
		}
		if err == nil && *timeline != "" {
			err = r.WriteTimeline(*timeline)
		}
		if err == nil && *check {
			err = r.Check()
		}
		return err
	})
}
