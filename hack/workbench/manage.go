package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Up brings up the workbench and leaves it running until Down.
func Up(ctx context.Context) error {
	b, err := Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(b.state.persistentFile(), nil, 0o644), b.Close())
}

// Down ends every process of the workbench, even if another program uses it.
func Down(ctx context.Context) error {
	s, err := newState()
	if err != nil {
		return err
	}
	lock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	return errors.Join(os.RemoveAll(s.persistentFile()), s.stopAll())
}

// Reset ends all processes and drops the results of builds: the daemon's cache and
// the images that builds pushed. Tools and base images stay.
func Reset(ctx context.Context) error {
	s, err := newState()
	if err != nil {
		return err
	}
	wasUp := s.persistent()
	if err := Down(ctx); err != nil {
		return err
	}
	if err := s.dropBuildState(); err != nil {
		return err
	}
	if wasUp {
		return Up(ctx)
	}
	return nil
}

func (s state) dropBuildState() error {
	repositories := filepath.Join(s.registryData(), "docker", "registry", "v2", "repositories")
	entries, err := os.ReadDir(repositories)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	errs := []error{os.RemoveAll(s.main().dir), os.RemoveAll(s.path("frontend"))}
	for _, e := range entries {
		if e.Name() != "library" {
			errs = append(errs, os.RemoveAll(filepath.Join(repositories, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// Status describes a workbench, running or not.
type Status struct {
	Root      string
	Stays     bool     // until "workbench down"
	Environ   []string // the variables of Env.Environ
	Processes []ProcessStatus
}

// ProcessStatus is the state of one process of the workbench.
type ProcessStatus struct {
	Name    string
	Address string
	Pids    []int
	Problem error // why it does not answer
}

// Inspect examines the processes of the workbench, and starts or ends none.
func Inspect(ctx context.Context) (Status, error) {
	s, err := newState()
	if err != nil {
		return Status{}, err
	}
	host, err := s.registryHost()
	if err != nil {
		return Status{}, err
	}
	st := Status{Root: s.root, Stays: s.persistent(), Environ: s.env(host)}
	st.Processes = append(st.Processes, inspect(ctx, s.registryService("", host), "registry", host))
	d := s.main()
	st.Processes = append(st.Processes, inspect(ctx, d.service(), "buildkitd/main", d.Addr()))
	return st, nil
}

func inspect(ctx context.Context, v *service, name, address string) ProcessStatus {
	p := ProcessStatus{Name: name, Address: address, Pids: v.pids()}
	if len(p.Pids) == 0 {
		p.Problem = errors.New("not running")
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := v.healthy(ctx); err != nil {
		p.Problem = fmt.Errorf("does not answer: %w", err)
	}
	return p
}

// BuildTool builds a program from ToolNames without starting anything.
func BuildTool(ctx context.Context, name string) (string, error) {
	s, err := newState()
	if err != nil {
		return "", err
	}
	return (&Env{state: s}).Tool(ctx, name)
}
