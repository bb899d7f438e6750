package insight

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
)

func (m memory) writeJSON(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return m.write(name, data)
}

// write replaces a file atomically. The file is compressed.
func (m memory) write(name string, data []byte) error {
	zipped, err := compressed(data, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if len(zipped) > maxEntry {
		return errors.New("the build is too large to be remembered")
	}
	return m.put(name, zipped)
}

// put writes a file under a temporary name, and renames it.
func (m memory) put(name string, data []byte) error {
	tmp, err := os.CreateTemp(m.dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

func readJSON(name string, v any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return decodeJSON(data, v)
}

// decodeJSON decodes compressed JSON.
func decodeJSON(data []byte, v any) error {
	text, err := uncompressed(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// read reads a compressed file.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return uncompressed(f)
}
