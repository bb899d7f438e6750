package property

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dockerfile is the project's Dockerfile.
func (p project) dockerfile() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.Globals)) {
		fmt.Fprintf(&b, "ARG %s=%s\n", name, p.Globals[name])
	}
	for i, s := range p.Stages {
		base := cmp.Or(p.Image, "busybox")
		if s.Base != fromImage {
			base = stageName(s.Base)
		}
		fmt.Fprintf(&b, "\nFROM %s AS %s\n", base, stageName(i))
		for _, in := range s.Steps {
			b.WriteString(in.line() + "\n")
		}
	}
	return b.String()
}

func stageName(i int) string { return fmt.Sprintf("stage%d", i) }

// output is the path of what the instruction makes. A step's name ends with it.
func output(id int) string { return fmt.Sprintf("/o%d", id) }

func (in instruction) line() string {
	switch in.Kind {
	case kindArg:
		if !in.HasValue {
			return "ARG " + in.Name
		}
		return "ARG " + in.Name + "=" + in.Value
	case kindEnv, kindLabel:
		return fmt.Sprintf("%s %s=%s", strings.ToUpper(string(in.Kind)), in.Name, in.Value)
	case kindExpose:
		return "EXPOSE " + in.Value
	case kindCmd:
		return fmt.Sprintf("CMD [%q]", in.Value)
	case kindWorkdir:
		return "WORKDIR " + output(in.ID)
	case kindHeredoc:
		return fmt.Sprintf("COPY <<TEXT %s\n%s\nTEXT", output(in.ID), in.Value)
	case kindCopy:
		return in.copyLine()
	default:
		return "RUN " + in.mount() + in.command()
	}
}

func (in instruction) copyLine() string {
	words := []string{"COPY"}
	if in.Add {
		words[0] = "ADD"
	}
	flag := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name+"="+value)
		}
	}
	if in.From != fromContext {
		flag("from", stageName(in.From))
	}
	if in.Link {
		words = append(words, "--link")
	}
	flag("chmod", in.Chmod)
	flag("chown", in.Chown)
	flag("exclude", in.Exclude)
	return strings.Join(append(words, in.Source, output(in.ID)), " ")
}

func (in instruction) mount() string {
	switch {
	case in.Kind == kindCache:
		return "--mount=type=cache,target=/c "
	case in.Kind == kindMount && in.From == fromContext:
		return fmt.Sprintf("--mount=type=bind,source=%s,target=/m ", in.Source)
	case in.Kind == kindMount:
		rw := ""
		if in.Writable {
			rw = ",rw"
		}
		return fmt.Sprintf("--mount=type=bind,from=%s,source=%s,target=/m%s ", stageName(in.From), in.Source, rw)
	}
	return ""
}

// command returns the command of a RUN. It succeeds with any files.
func (in instruction) command() string {
	to := " > " + output(in.ID)
	switch in.Kind {
	case kindMount:
		return "(if [ -d /m ]; then cat /m/*; else cat /m; fi 2>/dev/null; true)" + to
	case kindCache:
		return fmt.Sprintf("(date >> /c/log; echo %s)", in.Value) + to
	case kindCat:
		var read []string
		for _, id := range in.Inputs {
			read = append(read, output(id))
		}
		return fmt.Sprintf("(cat %s 2>/dev/null; true)", strings.Join(read, " ")) + to
	default:
		return fmt.Sprintf(`echo "%s"`, in.Value) + to
	}
}

// write writes the project to the folder. It also rewrites unchanged files, which
// get new times.
func (p project) write(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	files := maps.Clone(p.Files)
	files["Dockerfile"] = file{p.dockerfile(), 0o644}
	if len(p.Ignored) > 0 {
		files[".dockerignore"] = file{"**/*" + strings.Join(p.Ignored, "\n**/*") + "\n", 0o644}
	}
	for name, f := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.Content), 0o644); err != nil {
			return err
		}
		if err := os.Chmod(path, f.Mode); err != nil {
			return err
		}
	}
	return nil
}
