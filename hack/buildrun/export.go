package buildrun

import (
	"io"
	"maps"
	"os"

	"github.com/moby/buildkit/client"
)

// Export is the destination of a build's result.
type Export client.ExportEntry

// With sets a further attribute of the exporter, such as "rewrite-timestamp".
func (e Export) With(name, value string) Export {
	e.Attrs = maps.Clone(e.Attrs)
	e.Attrs[name] = value
	return e
}

// OCI writes an OCI image tar.
func OCI(file string) Export { return tarFile(client.ExporterOCI, file) }

// OCILayout writes an OCI layout folder.
func OCILayout(dir string) Export {
	return Export{Type: client.ExporterOCI, OutputDir: dir, Attrs: map[string]string{"tar": "false"}}
}

// Docker writes a tar for "docker load", with the given name.
func Docker(file, name string) Export {
	return tarFile(client.ExporterDocker, file).With("name", name)
}

// Local writes the root filesystem into a folder.
func Local(dir string) Export {
	return Export{Type: client.ExporterLocal, OutputDir: dir, Attrs: map[string]string{}}
}

// Keep makes the image and keeps it in the daemon: only its digest is known.
func Keep(name string) Export {
	return Export{Type: client.ExporterImage, Attrs: map[string]string{"name": name}}
}

// Push pushes the image under the given reference.
func Push(ref string) Export { return Keep(ref).With("push", "true") }

func tarFile(kind, file string) Export {
	create := func(map[string]string) (io.WriteCloser, error) { return os.Create(file) }
	return Export{Type: kind, Output: create, Attrs: map[string]string{}}
}
