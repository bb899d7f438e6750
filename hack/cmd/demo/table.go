package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/stratabuild/strata/hack/buildrun"
)

// printTable shows the builds of one Dockerfile side by side.
func printTable(w io.Writer, r runs) error {
	fmt.Fprintf(w, "\n%s\n", r.dockerfile)
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(tw, "  step\tcold\tunchanged\tsource edited\n")
	unchanged, edited := steps(r.unchanged), steps(r.edited)
	for i, s := range steps(r.cold) {
		if i >= len(unchanged) || i >= len(edited) {
			return fmt.Errorf("%s: only the cold build has the step %q", r.dockerfile, s.Name)
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", shorten(s.Name), cell(s), cell(unchanged[i]), cell(edited[i]))
	}
	fmt.Fprintf(tw, "  the whole build\t%s\t%s\t%s\n",
		seconds(r.cold.Took), seconds(r.unchanged.Took), seconds(r.edited.Took))
	return tw.Flush()
}

// steps returns the instructions without FROM: resolving the base image is not part
// of the build's work.
func steps(r *buildrun.Report) []*buildrun.Step {
	return slices.DeleteFunc(r.Instructions(), func(s *buildrun.Step) bool { return strings.HasPrefix(s.Instruction(), "FROM ") })
}

var pin = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// shorten shortens a step's name to fit into a line of the table.
func shorten(name string) string {
	const most = 56
	name = strings.Replace(pin.ReplaceAllString(name, ""), "docker.io/library/", "", 1)
	if r := []rune(name); len(r) > most {
		name = string(r[:most-1]) + "…"
	}
	return name
}

func cell(s *buildrun.Step) string {
	if s.Cached {
		return "CACHED"
	}
	return "ran " + seconds(s.Took())
}

// printWhy prints the lines of the builds with the edited source.
func printWhy(w io.Writer, all ...runs) error {
	fmt.Fprintf(w, "\nThe builds with the edited source say so themselves:\n")
	for _, r := range all {
		why := r.edited.Why()
		if len(why) == 0 {
			return fmt.Errorf("%s: the build with the edited source does not say why steps ran", r.dockerfile)
		}
		fmt.Fprintf(w, "\n%s\n  => %s\n", r.dockerfile, strings.Join(why, "\n  => "))
	}
	return nil
}
