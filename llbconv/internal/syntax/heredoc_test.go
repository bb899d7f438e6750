package syntax

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/diag"
)

// The error of an unterminated here-document has the delimiter, the line, and a
// suggested correction.
func TestUnterminatedHeredoc(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"missing", "FROM a\nRUN <<EOF\nx\n", 2, `no line after line 2 is "EOF", the delimiter of the here-document <<EOF`},
		{"indented", "FROM a\nRUN <<EOF\n  x\n  EOF\n", 2, "(line 4 has blanks beside it: move it to the start of the line, or write <<-EOF and indent by tabs)"},
		{"indented by blanks", "FROM a\nRUN <<-EOF\n\tx\n    EOF\nRUN y\n", 2, "(line 4 has blanks beside it: <<- allows tabs before the delimiter, and nothing else)"},
		{"blank after", "FROM a\nRUN <<EOF\nx\nEOF \n", 2, "(line 4 has blanks beside it: "},
		{"CRLF", "FROM a\r\nRUN <<EOF\r\nx\r\n  EOF\r\n", 2, "(line 4 has blanks beside it: "},
		{"arithmetic", "FROM a\nRUN echo $(( 1 << 4 ))\nRUN y\n", 2, "(for a shift inside (( )), leave no blank before the <<)"},
		{"redirection", "FROM a\nRUN cat <<'EOF'>file\nx\nEOF\n", 2, `is "EOF>file", the delimiter of the here-document <<'EOF'>file (write a blank before the >, or the delimiter is all of "EOF>file")`},
		{"second of two", "FROM a\nCOPY <<A <<B /\nx\nA\ny\n", 2, `no line after line 2 is "B", the delimiter of the here-document <<B`},
		{"continued", "FROM a\nRUN x \\\n# comment\n  && cat <<EOF\nx\n", 2, `no line after line 4 is "EOF"`},
		{"quoted", "FROM a\nRUN cat <<\"E F\"\nx\n", 2, `is "E F"`},
	} {
		_, diags := Parse([]byte(c.text), nil)
		err := diags.Err()
		if err == nil || !strings.HasPrefix(err.Error(), "unterminated heredoc: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v\nwant %s", c.name, err, c.want)
			continue
		}
		if line := err.(*diag.Errors).Diagnostics[0].Line(); line != c.line {
			t.Errorf("%s: line %d, want %d", c.name, line, c.line)
		}
	}
}
