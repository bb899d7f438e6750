// Package difftest holds the parts of the differential test of the conversion: the corpus of cases, a gateway that
// answers from maps, and readable dumps of the results.
//
// Only tests and benchmarks import it.
package difftest

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"
)

// Case is one Dockerfile with all inputs of its conversion. A Case is read only: several conversions may use it at
// once.
type Case struct {
	// Name is theme/name, with #variant after it where a file holds variants.
	Name string
	// About is the first line of the file: the purpose of the case.
	About string
	// Dockerfile is the text to convert, byte for byte.
	Dockerfile []byte
	// Dockerignore is the context's .dockerignore, nil when there is none.
	Dockerignore []byte
	// OwnIgnore is Dockerfile.dockerignore, which goes before the context's; nil when there is none.
	OwnIgnore []byte
	// Options are the inputs without a file of their own.
	Options Options
}

// LoadCorpus reads every case under dir, sorted by name. With the race detector it returns every tenth case: a case
// then takes ten times as long, and every conversion starts the same goroutines.
func LoadCorpus(dir string) ([]Case, error) {
	var cases []Case
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".txtar" {
			return err
		}
		loaded, err := LoadFile(dir, name)
		cases = append(cases, loaded...)
		return err
	})
	sort.Slice(cases, func(i, j int) bool { return cases[i].Name < cases[j].Name })
	if RaceEnabled {
		cases = every(10, cases)
	}
	return cases, err
}

// Seeds returns cases of the corpus as seeds of a fuzz target. It returns all cases only if a target is fuzzed for
// long: the fuzzer is slow with its seeds, and other tests convert the whole corpus.
func Seeds(dir string) ([]Case, error) {
	cases, err := LoadCorpus(dir)
	if target := flag.Lookup("test.fuzz"); target == nil || target.Value.String() == "" || testing.Short() {
		cases = every(10, cases)
	}
	return cases, err
}

// every returns each n-th case.
func every(n int, cases []Case) (some []Case) {
	for i := 0; i < len(cases); i += n {
		some = append(some, cases[i])
	}
	return some
}

// LoadFile reads one file of the corpus whose root is dir: the case itself, then one more per variant.
func LoadFile(dir, name string) ([]Case, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(dir, name)
	if err != nil {
		return nil, err
	}
	cases, err := ParseCases(strings.TrimSuffix(filepath.ToSlash(rel), ".txtar"), data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, err)
	}
	return cases, nil
}

// GoldenOutputs are the files of a golden case that its test writes. In a case for several platforms, each platform
// has a folder with its own files.
var GoldenOutputs = []string{"llb", "image", "scan", "diagnostics", "steps"}

// ParseCases reads the cases of one txtar archive.
func ParseCases(name string, data []byte) ([]Case, error) {
	archive := txtar.Parse(data)
	about, _, _ := strings.Cut(strings.TrimSpace(string(archive.Comment)), "\n")
	base := Case{Name: name, About: strings.TrimSpace(strings.TrimPrefix(about, "#"))}
	var options []byte
	for _, f := range archive.Files {
		var err error
		switch f.Name {
		case "Dockerfile":
			base.Dockerfile = f.Data
		case "Dockerfile.quoted":
			base.Dockerfile, err = unquoteAll(f.Data)
		case ".dockerignore":
			base.Dockerignore = f.Data
		case ".dockerignore.quoted":
			base.Dockerignore, err = unquoteAll(f.Data)
		case "Dockerfile.dockerignore":
			base.OwnIgnore = f.Data
		case "options.json":
			options = f.Data
		default:
			if !slices.Contains(GoldenOutputs, path.Base(f.Name)) {
				err = fmt.Errorf("unknown file %q", f.Name)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if base.Dockerfile == nil {
		return nil, errors.New("no Dockerfile")
	}
	return withVariants(base, options)
}

// unquoteAll reads Go string literals, one on each line, and joins them. The literals can hold bytes that a text file
// cannot. A literal with " * N" after it is repeated N times.
func unquoteAll(data []byte) ([]byte, error) {
	out := []byte{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		times := 1
		if i := strings.LastIndex(line, "\" * "); i > 0 {
			n, err := strconv.Atoi(line[i+len("\" * "):])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", line, err)
			}
			line, times = line[:i+1], n
		}
		s, err := strconv.Unquote(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		out = append(out, strings.Repeat(s, times)...)
	}
	return out, nil
}

// withVariants reads the options. The fields of each variant replace those of a copy of the options.
func withVariants(base Case, options []byte) ([]Case, error) {
	overlays := []json.RawMessage{nil}
	if options != nil {
		var list struct {
			Variants []json.RawMessage `json:"variants"`
		}
		if err := json.Unmarshal(options, &list); err != nil {
			return nil, err
		}
		overlays = append(overlays, list.Variants...)
	}
	var cases []Case
	for i, overlay := range overlays {
		c := base
		for _, layer := range [][]byte{options, overlay} {
			if err := unmarshalStrict(layer, &c.Options); err != nil {
				return nil, err
			}
		}
		if i > 0 {
			if c.Options.Name == "" {
				return nil, fmt.Errorf("variant %d has no name", i)
			}
			c.Name += "#" + c.Options.Name
		}
		if text := c.Options.Dockerignore; text != nil {
			c.Dockerignore = []byte(*text)
		}
		c.Options.Variants = nil
		cases = append(cases, c)
	}
	return cases, nil
}

// unmarshalStrict reads JSON into v and keeps the other fields of v. An unknown field is an error.
func unmarshalStrict(data []byte, v any) error {
	if data == nil {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// Platforms returns the target platforms of the case for its conversions: a single nil if the case names none. An
// invalid platform is also nil: the request is rejected before any conversion.
func (c Case) Platforms() []*ocispecs.Platform {
	var out []*ocispecs.Platform
	for _, v := range c.Options.targets() {
		p, err := platforms.Parse(v)
		if err != nil {
			return []*ocispecs.Platform{nil}
		}
		p = platforms.Normalize(p)
		out = append(out, &p)
	}
	if len(out) == 0 {
		out = append(out, nil)
	}
	return out
}
