package advice_test

import "testing"

func TestExcludeNotExpanded(t *testing.T) {
	runCases(t, "ExcludeNotExpanded", []checkCase{
		{name: "variable", text: "FROM a\nARG X=*.md\nCOPY --exclude=$X . /\n", want: "3"},
		{name: "braces", text: "FROM a\nARG X=*.md\nADD --exclude=docs/${X} . /\n", want: "3"},
		{name: "escaped", text: "FROM a\nCOPY --exclude=\\$X . /\n"},
		{name: "no name", text: "FROM a\nCOPY --exclude=a$ . /\n"},
		{name: "a directory", text: "FROM a\nCOPY --exclude=*.md --exclude=.git . /\n"},
		{name: "directories", text: "FROM a\nCOPY --exclude=*.md dir* /\n"},
		{name: "a file", text: "FROM a\nCOPY --exclude=b.md b.md c.md /d/\n", want: "2"},
		{name: "files", text: "FROM a\nCOPY --exclude=*_test.go *.go /d/\n", want: "2"},
		{name: "everything", text: "FROM a\nCOPY --exclude=*.md * /d/\n", want: "2"},
		{name: "other files", text: "FROM a\nCOPY --exclude=*.md *.go /d/\n"},
		{name: "below the sources", text: "FROM a\nCOPY --exclude=*/*.md * /d/\n"},
		{name: "twice", text: "FROM a\nCOPY --exclude=$X --exclude=$X . /d/\n", want: "2"},
	})
}
