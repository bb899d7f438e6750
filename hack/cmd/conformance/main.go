// Command conformance runs the reference's own integration suite against Strata's
// frontend image. It fails if the reference passes a test that Strata does not pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/conformance"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

func main() {
	var o conformance.Options
	// Not flag.CommandLine: BuildKit's test library adds flags to it.
	flags := flag.NewFlagSet("conformance", flag.ExitOnError)
	flags.StringVar(&o.Run, "run", "", "run only the tests whose function's name matches this `regexp`")
	flags.StringVar(&o.Logs, "log", "", "write the output of each failed test into this `folder`")
	_ = flags.Parse(os.Args[1:]) // exits if it fails
	host.Main("conformance", func(ctx context.Context) error { return run(ctx, o) })
}

func run(ctx context.Context, o conformance.Options) (err error) {
	if o.Logs != "" {
		if o.Logs, err = filepath.Abs(o.Logs); err != nil {
			return err
		}
	}
	bench, err := workbench.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	suite, err := conformance.Open(ctx, bench)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, suite.Close()) }()
	report, err := suite.CompareImages(ctx, o)
	if err != nil {
		return err
	}
	fmt.Print(report)
	if len(report.Strata.Names(conformance.Pass)) == 0 {
		return errors.New("no test passes")
	}
	worse := len(report.Worse())
	if skipped := report.Strata.Names(conformance.Skip); len(skipped) > 0 {
		inClient, err := suite.CompareInClient(ctx, skipped, o)
		if err != nil {
			return err
		}
		fmt.Print(inClient)
		worse += len(inClient.Worse())
	}
	if worse > 0 {
		return fmt.Errorf("%d tests that the reference passes are not passed by Strata", worse)
	}
	return nil
}
