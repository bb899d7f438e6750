package clients

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
)

//go:embed mermaid
var mermaidFiles embed.FS

// diagram is a diagram as Mermaid drew it.
type diagram struct {
	SVG   string `json:"svg"`
	Error string `json:"error"`
}

// drawMermaid draws diagrams with the real Mermaid, which is installed on first use,
// into the folder of the workbench.
func drawMermaid(t *testing.T, texts []string) (diagrams []diagram) {
	t.Helper()
	dir, err := installMermaid(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "draw.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("node draw.mjs: %v\n%s", err, host.LastLines(errs.String(), 30))
	}
	if err := json.Unmarshal(out.Bytes(), &diagrams); err != nil {
		t.Fatal(err)
	}
	return diagrams
}

// installMermaid returns a folder with Mermaid and the program that draws.
func installMermaid(ctx context.Context) (string, error) {
	h := sha256.New()
	for _, name := range []string{"package-lock.json", "draw.mjs"} {
		text, err := mermaidFiles.ReadFile("mermaid/" + name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	dir := filepath.Join(scenario.Env().Dir("mermaid"), hex.EncodeToString(h.Sum(nil)[:8]))
	lock, err := host.WaitLock(ctx, dir+".lock", nil)
	if err != nil {
		return "", err
	}
	defer lock.Unlock()
	if _, err := host.Program(ctx, "node", "nodejs"); err != nil {
		return "", err
	}
	if !host.FileExists(dir) {
		if err := installPackages(ctx, dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// installPackages creates the folder atomically.
func installPackages(ctx context.Context, dir string) error {
	if _, err := host.Program(ctx, "npm", "npm"); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "install-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	files, err := fs.Sub(mermaidFiles, "mermaid")
	if err != nil {
		return err
	}
	if err := os.CopyFS(tmp, files); err != nil {
		return err
	}
	err = host.During("installing Mermaid from the npm registry", func() error {
		_, err := host.Command{Dir: tmp, Argv: []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"}}.Run(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}

// texts returns the texts of a diagram, in order.
func (d diagram) texts() (texts []string, err error) {
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
