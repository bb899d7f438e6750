package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
)

// unordered copies all files before it installs packages. The packages come from a
// named context, so that the demo needs no package index.
const unordered = "FROM " + baseImage + `
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
COPY --from=wheels . /wheels
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
`

// fixProject makes the project to fix, with sources that no earlier demo has built.
func (d demo) fixProject() (demo, error) {
	d.named = map[string]string{"wheels": filepath.Join(d.dir, "vendor")}
	d.dir = filepath.Join(d.dir, "unordered")
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return d, err
	}
	for name, content := range map[string]string{
		"Dockerfile":       unordered,
		".dockerignore":    "Dockerfile\n",
		"requirements.txt": "# made at " + now() + "\ndemo-routes==1.0.0\ndemo-pages==1.0.0\n",
	} {
		if err := d.write(name, content); err != nil {
			return d, err
		}
	}
	return d, nil
}

// showFix fixes a Dockerfile with the checks, and builds an edit of the source
// before and after. It returns the time that the fix saves for each edit.
func (d demo) showFix(ctx context.Context) (saved time.Duration, err error) {
	d.title("A fix, and the rebuild that it saves: docker buildx build --call=fix . | git apply")
	if d, err = d.fixProject(); err != nil {
		return 0, err
	}
	before, err := d.edit(ctx)
	if err != nil {
		return 0, err
	}
	diff, err := d.ask(ctx, "Dockerfile", "frontend.fix")
	if err != nil {
		return 0, err
	}
	fmt.Fprint(d.out, diff)
	apply := exec.CommandContext(ctx, "git", "apply")
	apply.Dir, apply.Stdin = d.dir, strings.NewReader(diff)
	if out, err := apply.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("git apply: %w\n%s", err, out)
	}
	after, err := d.edit(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := installs(before, after); err != nil {
		return 0, fmt.Errorf("before the fix, and after it: %w", err)
	}
	fmt.Fprintf(d.out, "\nAn edit of the source rebuilt in %s before, and in %s after.\n", seconds(before.Took), seconds(after.Took))
	return before.Took - after.Took, nil
}

// edit builds the project, and returns the build after an edit of its source.
func (d demo) edit(ctx context.Context) (rep *buildrun.Report, err error) {
	for range 2 {
		if err := d.write(sourceFile, "print('Hello at "+now()+"')\n"); err != nil {
			return nil, err
		}
		if rep, err = d.build(ctx, "Dockerfile", noChange); err != nil {
			return nil, err
		}
	}
	return rep, nil
}
