package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
)

// MaxSize is the largest size of a lock in bytes.
const MaxSize = 1 << 20

// version is the version of the source policies that locks are written in.
const version = 1

// Parse reads a lock. The list holds the errors. An empty file gives neither a lock
// nor an error, because the shell empties the file before the lock is written.
func Parse(of Dockerfile, text []byte) (*Lock, diag.List) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	p := &fileParser{of: of, text: text, decoder: json.NewDecoder(bytes.NewReader(text)), lines: map[string]int{}}
	if len(text) > MaxSize {
		p.fail(1, fmt.Errorf("the file has %d bytes, and a lock at most %d", len(text), MaxSize))
		return nil, p.found
	}
	if err := p.file(); err != nil {
		p.fail(p.errorLine(err), err)
	}
	if len(p.found) > 0 {
		return nil, p.found
	}
	return New(of, p.entries), nil
}

// A fileParser reads one file.
type fileParser struct {
	of      Dockerfile
	text    []byte
	decoder *json.Decoder
	entries []Entry
	lines   map[string]int // by identifier
	found   diag.List
}

// fail records an error at a line.
func (p *fileParser) fail(line int, err error) {
	at := parser.Position{Line: line}
	shown := p.text
	if len(shown) > MaxSize {
		shown = nil
	}
	p.found = append(p.found, diag.Diagnostic{
		Severity: diag.Error,
		Message:  fmt.Sprintf("%s:%d: %v", p.of.Lock(), line, err),
		Hint:     "write the file again with " + p.of.Write(),
		File:     llb.NewSourceMap(nil, p.of.Lock(), "json", shown),
		Range:    []parser.Range{{Start: at, End: at}},
		Cause:    err,
	})
}

// lineAt returns the line of the text that contains the byte at an offset.
func (p *fileParser) lineAt(offset int64) int {
	offset = max(0, min(offset, int64(len(p.text))))
	return 1 + bytes.Count(p.text[:offset], []byte("\n"))
}

// nextLine returns the line where the next value begins.
func (p *fileParser) nextLine() int {
	offset := p.decoder.InputOffset()
	rest := p.text[offset:]
	return p.lineAt(offset + int64(len(rest)-len(bytes.TrimLeft(rest, " \t\r\n,:"))))
}

// errorLine returns the line of an error of the JSON decoder.
func (p *fileParser) errorLine(err error) int {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return p.lineAt(syntax.Offset - 1)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return p.lineAt(int64(len(bytes.TrimSpace(p.text))))
	}
	return p.lineAt(p.decoder.InputOffset())
}

// file reads the object in the file. It returns an error if reading cannot
// continue.
func (p *fileParser) file() error {
	if bytes.HasPrefix(p.text, []byte("\xff\xfe")) || bytes.HasPrefix(p.text, []byte("\xfe\xff")) {
		return errors.New("this is UTF-16, as Windows PowerShell writes it, and a lock is UTF-8: pipe to Out-File -Encoding ascii instead of >")
	}
	if err := p.delim('{'); err != nil {
		return err
	}
	fields := map[json.Token]bool{}
	for p.decoder.More() {
		key, err := p.decoder.Token()
		switch {
		case err != nil:
			return notJSON(err)
		case fields[key]:
			return fmt.Errorf("the field %q occurs twice", key)
		case key == "version":
			err = p.version()
		case key == "rules":
			err = p.rules()
		default:
			err = fmt.Errorf("a lock has no field %q", key)
		}
		if err != nil {
			return err
		}
		fields[key] = true
	}
	if err := p.delim('}'); err != nil {
		return err
	}
	if _, err := p.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the end of the lock")
	}
	if !fields["version"] {
		return errors.New("the lock has no version")
	}
	return nil
}

func (p *fileParser) delim(want json.Delim) error {
	token, err := p.decoder.Token()
	if err != nil {
		return notJSON(err)
	}
	if token == nil {
		token = "null"
	}
	if token != want {
		return fmt.Errorf("this is not a lock: found %v, expected %v", token, want)
	}
	return nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is incomplete: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("this is not JSON: %w", err)
}

func (p *fileParser) version() error {
	var v *int64
	if err := p.decoder.Decode(&v); err != nil {
		return fmt.Errorf("the version is not a number: %w", err)
	}
	switch {
	case v == nil:
		return errors.New("the version is not a number: it is null")
	case *v > version:
		return fmt.Errorf("the lock has version %d, and this Strata reads version %d: use a newer Strata", *v, version)
	case *v < version:
		return fmt.Errorf("the lock has version %d, and this Strata reads version %d", *v, version)
	}
	return nil
}

func (p *fileParser) rules() error {
	if err := p.delim('['); err != nil {
		return err
	}
	for p.decoder.More() {
		line := p.nextLine()
		var raw json.RawMessage
		if err := p.decoder.Decode(&raw); err != nil {
			return notJSON(err)
		}
		entry, err := parseEntry(raw)
		if err == nil && p.lines[entry.Identifier] > 0 {
			err = fmt.Errorf("%s is in line %d already", entry.Identifier, p.lines[entry.Identifier])
		}
		if err != nil {
			p.fail(line, err)
			continue
		}
		entry.Line = line
		p.lines[entry.Identifier] = line
		p.entries = append(p.entries, entry)
	}
	return p.delim(']')
}

func parseEntry(raw []byte) (Entry, error) {
	if name := repeatedField(json.NewDecoder(bytes.NewReader(raw))); name != "" {
		return Entry{}, fmt.Errorf("the field %q occurs twice", name)
	}
	var read rule
	if err := json.Unmarshal(raw, &read); err != nil {
		return Entry{}, fmt.Errorf("a line of a lock is an object with texts: %w", err)
	}
	return read.entry()
}

// repeatedField returns a field that an object of a value has twice, empty if there is
// none. Package json takes the last one, and ignores the case of letters.
func repeatedField(d *json.Decoder) string {
	token, err := d.Token()
	delim, nested := token.(json.Delim)
	if err != nil || !nested {
		return ""
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, _ := d.Token()
			name := fmt.Sprint(key)
			if seen[strings.ToLower(name)] {
				return name
			}
			seen[strings.ToLower(name)] = true
		}
		if name := repeatedField(d); name != "" {
			return name
		}
	}
	_, _ = d.Token() // the end of the object
	return ""
}
