package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// printTable shows the builds of one Dockerfile side by side.
func printTable(w io.Writer, r runs) error {
	fmt.Fprintf(w, "\n%s\n", r.dockerfile)
	tw := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(tw, "  step\tcold\tunchanged\tsource edited\n")
	for i, s := range r.cold.steps {
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", s.name, cell(s), cellAt(r.unchanged, i), cellAt(r.edited, i))
	}
	fmt.Fprintf(tw, "  the whole build\t%s\t%s\t%s\n",
		seconds(r.cold.took), seconds(r.unchanged.took), seconds(r.edited.took))
	return tw.Flush()
}

// printWhy prints the lines of the builds with the edited source.
func printWhy(w io.Writer, all ...runs) error {
	fmt.Fprintf(w, "\nThe builds with the edited source say so themselves:\n")
	for _, r := range all {
		if len(r.edited.why) == 0 {
			return fmt.Errorf("%s: the build with the edited source does not say why steps ran", r.dockerfile)
		}
		fmt.Fprintf(w, "\n%s\n", r.dockerfile)
		for _, line := range r.edited.why {
			fmt.Fprintf(w, "  => %s\n", line)
		}
	}
	return nil
}

func cellAt(b build, i int) string {
	if i >= len(b.steps) {
		return "-"
	}
	return cell(b.steps[i])
}

func cell(s step) string {
	if s.cached {
		return "CACHED"
	}
	return "ran " + seconds(s.took)
}
