package insight

import (
	"io/fs"
	"reflect"
	"testing"
)

func TestEncoding(t *testing.T) {
	for _, c := range []Content{
		nil,
		{{Path: "a", Name: "b", Mode: 0o644, Hash: "0123", Lines: []uint32{1, 1 << 31}}, {Path: "empty", Name: "empty", Mode: 0o755, Hash: "4", Lines: []uint32{}}},
		{{Path: "dir", Mode: fs.ModeDir}, {Path: "ö\n", Mode: fs.ModeSymlink | 0o777, Target: "../x"}},
	} {
		data := c.encode()
		got, err := decodeContent(data)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v (%v), want %+v", got, err, c)
		}
		for cut := 1; cut < len(data); cut++ {
			if got, err := decodeContent(data[:cut]); err == nil && len(got) >= len(c) {
				t.Errorf("the first %d of %d bytes are %+v", cut, len(data), got)
			}
		}
	}
}

// A memory can be damaged. No bytes lead to a panic, or to more memory than they need.
func FuzzDecodeContent(f *testing.F) {
	f.Add(Content{{Path: "a", Lines: []uint32{1}}}.encode())
	f.Add([]byte{1, 'a', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeContent(data)
		if err != nil {
			return
		}
		again, err := decodeContent(c.encode())
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%+v (%v), want %+v", again, err, c)
		}
	})
}
