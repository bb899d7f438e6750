package advice_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/advice"
)

// TestReal checks projects in the style of public ones. An archive has a
// Dockerfile, optionally an ignore file and files of the context, and all findings.
func TestReal(t *testing.T) {
	files, err := filepath.Glob("testdata/real/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			archive := txtar.Parse(data)
			c, files := realCase(archive)
			if _, diags := conversion.RunCase(t.Context(), c, nil); diags.Failed() {
				t.Fatal(diags.Err())
			}
			found := adviceOf(t, c, files)
			recordFindings(archive, found)
			compareGolden(t, file, string(txtar.Format(archive)))
			checkAllEdits(t, c, files, found)
		})
	}
}

const findingsFile = "findings"

// realCase returns the case of an archive. The files of the context are known if
// the archive has any.
func realCase(archive *txtar.Archive) (difftest.Case, advice.Files) {
	var c difftest.Case
	var files advice.Files
	for _, f := range archive.Files {
		name, inContext := strings.CutPrefix(f.Name, "context/")
		switch {
		case inContext:
			if files == nil {
				files = advice.Files{}
			}
			files[name] = string(f.Data)
		case f.Name == "Dockerfile":
			c.Dockerfile = f.Data
		case f.Name == ".dockerignore":
			c.Dockerignore = f.Data
		}
	}
	return c, files
}

// recordFindings replaces the findings of an archive.
func recordFindings(archive *txtar.Archive, found []advice.Finding) {
	var b bytes.Buffer
	for _, f := range found {
		fix := ""
		if len(f.Edits) > 0 {
			fix = " (fix)"
		}
		fmt.Fprintf(&b, "%d %s%s: %s\n", f.Line(), f.Code, fix, strings.ReplaceAll(f.Message, "\x00", "$"))
	}
	for i, f := range archive.Files {
		if f.Name == findingsFile {
			archive.Files[i].Data = b.Bytes()
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: findingsFile, Data: b.Bytes()})
}

// checkAllEdits applies the edits of each check. The result must be a valid
// Dockerfile without findings that have edits.
func checkAllEdits(t *testing.T, c difftest.Case, files advice.Files, found []advice.Finding) {
	t.Helper()
	for _, check := range advice.Checks() {
		of := onlyOf(check.Name, found)
		fixed := c
		fixed.Dockerfile = apply(t, c.Dockerfile, of)
		if bytes.Equal(fixed.Dockerfile, c.Dockerfile) {
			continue
		}
		for _, f := range onlyOf(check.Name, adviceOf(t, fixed, files)) {
			if len(f.Edits) > 0 {
				t.Errorf("%s is left at line %d of\n%s", check.Name, f.Line(), fixed.Dockerfile)
			}
		}
		gw := difftest.NewGateway(fixed)
		if opt, err := conversion.Options(gw, nil); err != nil {
			t.Error(err)
		} else if _, diags := conversion.Run(t.Context(), fixed.Dockerfile, nil, conversion.Sources(gw), opt.Options); diags.Failed() {
			t.Errorf("%s: %v in\n%s", check.Name, diags.Err(), fixed.Dockerfile)
		}
	}
}
