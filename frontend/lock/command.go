package lock

import (
	"path"
	"strings"
)

// A Dockerfile is the file that a lock belongs to, as messages have to name it.
type Dockerfile struct {
	// Name is its name, as the client gives it.
	Name string
	// Variable is set if names of sources have variables. The lock can then have lines
	// for other values, which a command must not empty.
	Variable bool
	// Options are the options of the client with which the names have other values.
	Options []string
}

// Lock is the name of the lock, which stands beside the Dockerfile.
func (d Dockerfile) Lock() string { return path.Base(d.Name) + Suffix }

// Write is the command that writes a lock where there is none that can be read.
func (d Dockerfile) Write() string {
	return d.command(d.Name+Suffix) + d.options()
}

// Update is the command that updates the lock. The shell empties the file after > before
// the frontend can read it.
func (d Dockerfile) Update() string {
	if !d.Variable {
		return d.Write()
	}
	file := d.Name + Suffix
	fresh := file + ".new"
	return d.command(fresh) + " && mv " + fresh + " " + file + d.options()
}

func (d Dockerfile) command(out string) string {
	file := ""
	if d.Name != "Dockerfile" {
		file = "-f " + d.Name + " "
	}
	return "docker buildx build --call=lock " + file + ". > " + out
}

func (d Dockerfile) options() string {
	if !d.Variable || len(d.Options) == 0 {
		return ""
	}
	return ", with the same " + strings.Join(d.Options, " and ")
}
