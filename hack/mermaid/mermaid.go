// Package mermaid draws diagrams with the real Mermaid, to test that Strata prints
// valid diagrams.
package mermaid

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

//go:embed package.json package-lock.json draw.mjs
var files embed.FS

// A Drawing is a diagram as Mermaid drew it.
type Drawing struct {
	SVG   string `json:"svg"`
	Error string `json:"error"`
}

// Draw draws diagrams. Mermaid is installed on first use, into the folder of the
// workbench.
func Draw(ctx context.Context, diagrams []string) ([]Drawing, error) {
	dir, err := install(ctx)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(diagrams)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", "draw.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("node draw.mjs: %w\n%s", err, host.LastLines(errs.String(), 30))
	}
	var drawings []Drawing
	return drawings, json.Unmarshal(out.Bytes(), &drawings)
}

// install returns a folder with Mermaid and the program that draws.
func install(ctx context.Context) (string, error) {
	root, err := workbench.DefaultRoot()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range []string{"package-lock.json", "draw.mjs"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	dir := filepath.Join(root, "mermaid", hex.EncodeToString(h.Sum(nil)[:8]))
	lock, err := host.WaitLock(ctx, dir+".lock", nil)
	if err != nil {
		return "", err
	}
	defer lock.Release()
	log := host.NewLogger(nil)
	if _, err := log.Program(ctx, "node", "nodejs"); err != nil {
		return "", err
	}
	if !host.FileExists(dir) {
		if err := installPackages(ctx, log, dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// installPackages creates the folder atomically.
func installPackages(ctx context.Context, log host.Logger, dir string) error {
	if _, err := log.Program(ctx, "npm", "npm"); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "install-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(tmp, files); err != nil {
		return err
	}
	err = log.During("installing Mermaid from the npm registry", func() error {
		_, err := host.Command{Dir: tmp, Argv: []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"}}.Run(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// Texts returns the texts of a drawing, in order.
func (d Drawing) Texts() (texts []string, err error) {
	decoder := xml.NewDecoder(strings.NewReader(d.SVG))
	decoder.Strict = false // labels are HTML
	decoder.AutoClose, decoder.Entity = xml.HTMLAutoClose, xml.HTMLEntity
	style := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return texts, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			style = token.Name.Local == "style"
		case xml.EndElement:
			style = false
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" && !style {
				texts = append(texts, text)
			}
		}
	}
}
