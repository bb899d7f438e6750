package advice_test

import "testing"

func TestArgTooEarly(t *testing.T) {
	const install = "RUN apt-get update && apt-get install -y curl\n"
	runCases(t, "ArgTooEarly", []checkCase{
		{name: "above an install", text: "FROM a\nARG GIT_SHA\n" + install + "RUN make VERSION=$GIT_SHA\n", want: "2!"},
		{name: "with a comment", text: "FROM a\n\n# the commit\nARG GIT_SHA\n" + install + "# build it\nRUN make VERSION=$GIT_SHA\n", want: "4!"},
		{name: "for labels", text: "FROM a\nARG BUILD_DATE\nARG VCS_REF\nLABEL date=$BUILD_DATE \\\n  ref=$VCS_REF\n" + install + "CMD [\"x\"]\n", want: "2! 3!"},
		{name: "for labels at the end", text: "FROM a\nARG VCS_REF\nLABEL ref=$VCS_REF\n" + install, want: "2!"},
		{name: "for a label at the end of a stage", text: "FROM a\nARG VCS_REF\n" + install + "\nLABEL ref=$VCS_REF\n\nFROM b\nCOPY --from=0 / /\n", want: "2!"},
		{name: "not used", text: "FROM a\nARG GIT_SHA\n" + install, want: "2!"},
		{name: "a placeholder", text: "FROM a\nARG GIT_SHA=unknown\n" + install + "RUN make\n", want: "2!"},
		{name: "given", text: "FROM a\nARG GIT_SHA=0123\n" + install + "RUN make\n", want: "2!", args: map[string]string{"GIT_SHA": "4567"}},
		{name: "a default", text: "FROM a\nARG GIT_SHA=0123\n" + install + "RUN make\n"},
		{name: "used at once", text: "FROM a\nARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\n" + install},
		{name: "used by the install", text: "FROM a\nARG GIT_SHA\nRUN apt-get install -y a=$GIT_SHA\n"},
		{name: "no step between", text: "FROM a\n" + install + "ARG GIT_SHA\nRUN make\n"},
		{name: "a script may use it", text: "FROM a\nARG GIT_SHA\nRUN ./setup.sh\n" + install},
		{name: "of another project", text: "FROM a\nARG COMMIT\n" + install + "RUN git clone https://a/b && cd b && git checkout $COMMIT\n"},
		{name: "of a download", text: "FROM a\nARG REVISION\n" + install + "ADD https://a/$REVISION.tgz /\n"},
		{name: "explicit", text: "FROM a\nARG --explicit GIT_SHA\n" + install},
		{name: "of another kind", text: "FROM a\nARG NODE_ENV\nARG VERSION\n" + install},
		{name: "global", text: "ARG GIT_SHA\nFROM a\n" + install},
		{name: "several in one", text: "FROM a\nARG GIT_SHA BUILD_DATE\n" + install},
	})
	got := fixedText(t, "ArgTooEarly", checkCase{
		text: "FROM a\n# dates\nARG BUILD_DATE\nARG VCS_REF\nLABEL d=$BUILD_DATE r=$VCS_REF\n" + install + "# run\nCMD [\"x\"]\n",
	})
	if want := "FROM a\n" + install + "# run\nCMD [\"x\"]\n# dates\nARG BUILD_DATE\nARG VCS_REF\nLABEL d=$BUILD_DATE r=$VCS_REF\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestListInOneVariable(t *testing.T) {
	runCases(t, "ListInOneVariable", []checkCase{
		{name: "ARG", text: "FROM a\nARG FILES=\"a b\"\nCOPY $FILES /x/\n", want: "3"},
		{name: "ENV", text: "FROM a\nENV FILES=\"a b\"\nADD ${FILES} /x/\n", want: "3"},
		{name: "global", text: "ARG FILES=\"a b\"\nFROM a\nARG FILES\nCOPY $FILES /x/\n", want: "4"},
		{name: "given", text: "FROM a\nARG FILES=a\nCOPY $FILES /x/\n", want: "3", args: map[string]string{"FILES": "a b"}},
		{name: "one name", text: "FROM a\nARG FILES=a\nCOPY $FILES /x/\n"},
		{name: "part of a name", text: "FROM a\nARG DIR=\"a b\"\nCOPY $DIR/c /x/\n"},
		{name: "not known", text: "FROM a\nARG FILES\nCOPY $FILES /x/\n"},
		{name: "of another variable", text: "FROM a\nARG A=a\nARG FILES=\"$A b\"\nCOPY $FILES /x/\n"},
	})
}
