// Command workbench runs a private BuildKit, its registry and its base images on
// this machine. Package workbench describes how they are shared.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/stratabuild/strata/hack/baseimage"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

type subcommand struct {
	name, args, help string
	run              func(ctx context.Context, args []string) error
}

var subcommands = []subcommand{
	{"up", "", "start buildkitd and the registry, and leave them running", up},
	{"down", "", "end them", down},
	{"reset", "", "drop BuildKit's cache and pushed images; keep tools and base images", reset},
	{"status", "", "say what runs; exits 1 if the workbench is not up", status},
	{"env", "", "print shell exports: eval \"$(workbench env)\"", env},
	{"tools", "[NAME...]", "build the named tools, or all, and print their paths", buildTools},
	{"images", "[NAME...]", "make base images such as python:3.11-slim, or list what can be made", images},
	{"frontend", "", "build Strata's frontend image, push it, and print its reference", frontend},
	{"logs", "", "print the logs of buildkitd and the registry", logs},
}

func main() {
	host.Main("workbench", func(ctx context.Context) error { return run(ctx, os.Args[1:]) })
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage())
	}
	for _, c := range subcommands {
		if c.name == args[0] {
			return c.run(ctx, args[1:])
		}
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage())
}

func usage() string {
	var b strings.Builder
	b.WriteString("usage: workbench COMMAND\n")
	for _, c := range subcommands {
		fmt.Fprintf(&b, "  %-18s %s\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
	return b.String()
}

func up(ctx context.Context, _ []string) error {
	if err := workbench.Up(ctx); err != nil {
		return err
	}
	return status(ctx, nil)
}

func down(ctx context.Context, _ []string) error { return workbench.Down(ctx) }

func reset(ctx context.Context, _ []string) error { return workbench.Reset(ctx) }

func status(ctx context.Context, _ []string) error {
	st, err := workbench.Inspect(ctx)
	if err != nil {
		return err
	}
	fmt.Println("folder   ", st.Root)
	var problem error
	for _, p := range st.Processes {
		what := fmt.Sprintf("runs, process %d", p.Pids)
		if p.Problem != nil {
			what, problem = p.Problem.Error(), errors.New("the workbench is not up; 'workbench up' starts or mends it")
		}
		fmt.Printf("%-16s %s: %s\n", p.Name, p.Address, what)
	}
	if problem == nil && !st.Stays {
		fmt.Println("ends with the last program that uses it")
	}
	return problem
}

func env(ctx context.Context, _ []string) error {
	st, err := workbench.Inspect(ctx)
	if err != nil {
		return err
	}
	for _, v := range st.Environ {
		name, value, _ := strings.Cut(v, "=")
		fmt.Printf("export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return nil
}

func buildTools(ctx context.Context, names []string) error {
	if len(names) == 0 {
		names = workbench.ToolNames()
	}
	for _, name := range names {
		path, err := workbench.BuildTool(ctx, name)
		if err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}

func images(ctx context.Context, names []string) error {
	if len(names) == 0 {
		fmt.Println(strings.Join(baseimage.Names(), "\n"))
		return nil
	}
	b, err := workbench.Open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	made, err := b.EnsureImages(ctx, names...)
	for _, img := range made {
		fmt.Printf("%s (%s) %s\n", strings.Join(img.Tags, ", "), img.Source, img.Digest)
	}
	return err
}

func frontend(ctx context.Context, _ []string) error {
	b, err := workbench.Open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	f, err := b.FrontendImage(ctx)
	if err != nil {
		return err
	}
	fmt.Println(f.Pinned())
	return nil
}

func logs(ctx context.Context, _ []string) error {
	st, err := workbench.Inspect(ctx)
	if err != nil {
		return err
	}
	for _, p := range st.Processes {
		b, err := os.ReadFile(p.Log)
		if err != nil {
			b = []byte(err.Error() + "\n")
		}
		fmt.Printf("== %s (%s)\n%s", p.Name, p.Log, b)
	}
	return nil
}
