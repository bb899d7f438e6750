// Command conformance runs the reference's own integration suite against Strata's
// frontend image and compares the outcome with that of the reference's image. It
// fails if the reference passes a test that Strata does not pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/conformance"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

func main() {
	host.Main("conformance", func(ctx context.Context) error { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

func run(ctx context.Context, args []string, out, log io.Writer) (err error) {
	var o conformance.Options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&o.Run, "run", "", "run only the tests whose function's name matches this `regexp`")
	flags.StringVar(&o.Logs, "log", "", "write the output of each failed test into this `folder`")
	flags.BoolVar(&o.Fresh, "fresh", false, "run the reference too, though its outcome is known")
	if err := flags.Parse(args); err != nil {
		return err
	}
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
	suite, err := conformance.Open(ctx, bench, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, suite.Close()) }()
	return compare(ctx, suite, o, out)
}

func compare(ctx context.Context, suite *conformance.Suite, o conformance.Options, out io.Writer) error {
	report, err := suite.CompareImages(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprint(out, report)
	worse := len(report.Worse())
	if skipped := report.Reference.Names(conformance.Skip); len(skipped) > 0 {
		inClient, err := suite.CompareInClient(ctx, skipped, o)
		if err != nil {
			return err
		}
		fmt.Fprint(out, inClient)
		worse += len(inClient.Worse())
	}
	if worse > 0 {
		return fmt.Errorf("%d tests that the reference passes are not passed by Strata", worse)
	}
	return nil
}
