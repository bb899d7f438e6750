package fix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/fix"
)

// lintCases have a Dockerfile and the result of its fixes.
var lintCases = []struct{ name, code, before, after string }{
	{"stage name", "StageNameCasing", "FROM busybox AS Build\nFROM scratch\nCOPY --from=Build /a /\n", "FROM busybox AS build\nFROM scratch\nCOPY --from=Build /a /\n"},
	{"upper AS", "FromAsCasing", "FROM busybox as build\n", "FROM busybox AS build\n"},
	{"lower as", "FromAsCasing", "from busybox AS build\nrun a\n", "from busybox as build\nrun a\n"},
	{"AS of a FROM in another case", "FromAsCasing", "from busybox as build\nRUN a\nRUN b\n", "FROM busybox AS build\nRUN a\nRUN b\n"},
	{"casing", "ConsistentInstructionCasing", "FROM busybox\nrun a \\\n  && b\nCopy a /\n", "FROM busybox\nRUN a \\\n  && b\nCOPY a /\n"},
	{"casing of a file in lower case", "ConsistentInstructionCasing", "ARG X\nfrom busybox\nrun a\nCOPY a /\n", "ARG X\nfrom busybox\nrun a\ncopy a /\n"},
	{"empty lines", "NoEmptyContinuation", "FROM busybox\nRUN a && \\\n\n  # why\n  \t\n  b\n\nRUN c\n", "FROM busybox\nRUN a && \\\n  # why\n  b\n\nRUN c\n"},
	{"empty lines at the end of the file", "NoEmptyContinuation", "FROM busybox\nRUN a \\ \n\n \n", "FROM busybox\nRUN a\n"},
	{"empty lines before a here-document", "NoEmptyContinuation", "FROM busybox\nRUN a \\\n\n<<EOF\n\nb\nEOF\n", "FROM busybox\nRUN a \\\n<<EOF\n\nb\nEOF\n"},
	{"maintainer", "MaintainerDeprecated", "FROM busybox\nMAINTAINER Jo $1 <jo@example.com>\n", "FROM busybox\nLABEL org.opencontainers.image.authors=\"Jo \\$1 <jo@example.com>\"\n"},
	{"quoted maintainer", "MaintainerDeprecated", "from busybox\nmaintainer \"Jo\"  \n", "from busybox\nlabel org.opencontainers.image.authors=\"Jo\"  \n"},
	{"key and value", "LegacyKeyValueFormat", "FROM busybox\nENV a b\nLABEL c d\n", "FROM busybox\nENV a=b\nLABEL c=d\n"},
	{"value with blanks", "LegacyKeyValueFormat", "FROM busybox\nENV a  b $PATH \\\n    c # d\n", "FROM busybox\nENV a=\"b $PATH \\\n    c # d\"\n"},
	{"quoted value", "LegacyKeyValueFormat", "FROM busybox\nENV a \"b c\"\n", "FROM busybox\nENV a=\"b c\"\n"},
	{"value with quotes", "LegacyKeyValueFormat", "FROM busybox\nENV a b \"c  d\" \n", "FROM busybox\nENV a=b\\ \"c  d\" \n"},
	{"value with another escape", "LegacyKeyValueFormat", "# escape=`\nFROM busybox\nENV a b \"c\"\n", "# escape=`\nFROM busybox\nENV a=b` \"c\"\n"},
	{"earlier CMD", "MultipleInstructionsDisallowed", "FROM busybox\n# first\nCMD [\"a\"]\n# second\nCMD [\"b\"]\n", "FROM busybox\n# first\n# second\nCMD [\"b\"]\n"},
	{"three ENTRYPOINTs", "MultipleInstructionsDisallowed", "FROM busybox\nENTRYPOINT [\"a\"]\nENTRYPOINT \\\n  [\"b\"]\nENTRYPOINT [\"c\"]", "FROM busybox\nENTRYPOINT [\"c\"]"},
	{"redundant platform", "RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM  busybox AS a\n", "FROM busybox AS a\n"},
	{"relative path", "WorkdirRelativePath", "FROM busybox\nWORKDIR app/./src\nWORKDIR more\n", "FROM busybox\nWORKDIR /app/src\nWORKDIR more\n"},
	{"relative path below the base's", "WorkdirRelativePath", "FROM busybox AS base\nWORKDIR /srv\nFROM scratch\nWORKDIR .\n", "FROM busybox AS base\nWORKDIR /srv\nFROM scratch\nWORKDIR /\n"},
	{"protocol", "ExposeProtoCasing", "FROM busybox\nEXPOSE 80/TCP 81/udp \\\n  82/Udp\n", "FROM busybox\nEXPOSE 80/tcp 81/udp \\\n  82/udp\n"},
	{"mapped port", "ExposeInvalidFormat", "FROM busybox\nEXPOSE 127.0.0.1:8080:80/TCP 1:2\n", "FROM busybox\nEXPOSE 80/tcp 2\n"},
}

// Each fix gives the expected text with both line endings, and leaves no warning of
// its kind.
func TestLintFixes(t *testing.T) {
	for _, c := range lintCases {
		for lineEnd, convertEnds := range map[string]func(string) string{
			"LF":   func(s string) string { return s },
			"CRLF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		} {
			t.Run(c.name+" "+lineEnd, func(t *testing.T) {
				before := difftest.Case{Dockerfile: []byte(convertEnds(c.before))}
				after, done, err := fixAll(t.Context(), before)
				if err != nil {
					t.Fatal(err)
				}
				if string(after) != convertEnds(c.after) {
					t.Errorf("got\n%q\nwant\n%q", after, convertEnds(c.after))
				}
				if !slices.ContainsFunc(done, func(f fix.Fix) bool { return f.Code == c.code }) {
					t.Errorf("fixed %+v, not %s", done, c.code)
				}
				checkSameBuild(t, before, after)
			})
		}
	}
}

// An uncertain fix is not applied.
func TestNoLintFix(t *testing.T) {
	for name, text := range map[string]string{
		"a variable as a path":       "FROM busybox\nARG X=a\nWORKDIR $X/b\n",
		"a variable as a port":       "FROM busybox\nARG X=80/TCP\nEXPOSE $X\n",
		"a comment inside":           "FROM busybox\nCMD [\"a\", \\\n  # why\n  \"b\"]\nCMD [\"c\"]\n",
		"a key on a line of its own": "FROM busybox\nENV a \\\n  b\n",
		"shell form":                 "FROM busybox\nCMD a b\n",
		"undefined variable":         "FROM busybox\nCOPY $UNDEFINED /\n",
		"a name given twice":         "FROM busybox AS a\nFROM busybox AS a\n",
	} {
		c := difftest.Case{Dockerfile: []byte(text)}
		after, done, err := fixAll(t.Context(), c)
		if err != nil || string(after) != text || len(done) > 0 {
			t.Errorf("%s: %q, %+v, %v", name, after, done, err)
		}
		if out, err := convert(t.Context(), c, c.Dockerfile); err != nil || len(out.diags.Warnings()) == 0 {
			t.Errorf("%s: no warning to fix, %v", name, err)
		}
	}
}

// The JSON form of a command is proposed, but it is not one of the safe fixes.
func TestJSONFormIsUnsafe(t *testing.T) {
	for text, want := range map[string]string{
		"CMD python  app.py --port=80": `CMD ["python", "app.py", "--port=80"]`,
		"ENTRYPOINT ./run":             `ENTRYPOINT ["./run"]`,
		"CMD a && b":                   "",
		"CMD exec a":                   "",
		"CMD A=b c":                    "",
		"CMD a $HOME":                  "",
	} {
		c := difftest.Case{Dockerfile: []byte("FROM busybox\n" + text + "\n")}
		out, err := convert(t.Context(), c, c.Dockerfile)
		if err != nil {
			t.Fatal(err)
		}
		fixes, err := out.fixes(c.Dockerfile)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range fixes {
			if !f.Unsafe || !strings.Contains(f.Text, "Unsafe") {
				t.Errorf("%s: %+v is said to be safe", text, f)
			}
			got = applied(t, c.Dockerfile, f)
		}
		if got = strings.TrimSpace(strings.TrimPrefix(got, "FROM busybox\n")); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
