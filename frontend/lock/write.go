package lock

import (
	"bytes"
	"encoding/json"
)

// Marshal returns the lock as a file. The same entries give the same bytes.
func (l *Lock) Marshal() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(`{"version":1,"rules":[`)
	for i, e := range l.Entries {
		if i > 0 {
			out.WriteByte(',')
		}
		rule, err := e.marshal()
		if err != nil {
			return nil, err
		}
		out.WriteByte('\n')
		out.Write(rule)
	}
	out.WriteString("\n]}\n")
	return out.Bytes(), nil
}

func (e Entry) marshal() ([]byte, error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false) // keeps URLs unchanged
	err := enc.Encode(e.rule())
	return bytes.TrimSpace(line.Bytes()), err
}
