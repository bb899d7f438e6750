package insight

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// compressed compresses data at a level of package gzip.
func compressed(data []byte, level int) ([]byte, error) {
	var buf bytes.Buffer
	zip, err := gzip.NewWriterLevel(&buf, level)
	if err != nil {
		return nil, err
	}
	_, err = zip.Write(data)
	err = errors.Join(err, zip.Close())
	return buf.Bytes(), err
}

// uncompressed returns the data of a compressed file, but no more than can have
// been written.
func uncompressed(file io.Reader) ([]byte, error) {
	zip, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zip, 8*maxEntry))
}
