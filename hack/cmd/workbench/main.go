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

const usage = `usage: workbench COMMAND
  up                 start buildkitd and the registry, and leave them running
  down               end them
  reset              drop BuildKit's cache and pushed images; keep tools and base images
  status             say what runs; exits 1 if the workbench is not up
  env                print shell exports: eval "$(workbench env)"
  tools [NAME...]    build the named tools, or all, and print their paths
  programs           install the Debian programs that only tests need, and print their paths
  images [NAME...]   make base images such as python:3.11-slim, or list what can be made
  frontend           build Strata's frontend image, push it, and print its reference`

func main() {
	host.Main("workbench", func(ctx context.Context) error {
		if len(os.Args) < 2 {
			return errors.New(usage)
		}
		return run(ctx, os.Args[1], os.Args[2:])
	})
}

func run(ctx context.Context, command string, names []string) error {
	switch command {
	case "up":
		if err := workbench.Up(ctx); err != nil {
			return err
		}
		return status(ctx)
	case "down":
		return workbench.Down(ctx)
	case "reset":
		return workbench.Reset(ctx)
	case "status":
		return status(ctx)
	case "env":
		return env(ctx)
	case "tools":
		return buildTools(ctx, names)
	case "programs":
		return installPrograms(ctx)
	case "images":
		return images(ctx, names)
	case "frontend":
		return frontend(ctx)
	}
	return fmt.Errorf("unknown command %q\n%s", command, usage)
}

func status(ctx context.Context) error {
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

func env(ctx context.Context) error {
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

// programs are needed by tests alone: by the race detector, by the scripts of a release,
// and by commands in the documentation. Each has the packages that provide it.
var programs = [][]string{{"gcc", "gcc", "libc6-dev"}, {"jq", "jq"}}

func installPrograms(ctx context.Context) error {
	for _, p := range programs {
		path, err := host.Program(ctx, p[0], p[1:]...)
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

func frontend(ctx context.Context) error {
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
