package advice_test

import (
	"strings"
	"testing"
)

func TestChownAfterCopy(t *testing.T) {
	const in = "FROM node\nWORKDIR /app\nCOPY . .\n"
	runCases(t, "ChownAfterCopy", []checkCase{
		{name: "of the directory", text: in + "RUN chown -R node:node /app\n", want: "4"},
		{name: "of the working directory", text: in + "RUN useradd app && chown -hR app: . && ls\n", want: "4"},
		{name: "of one above", text: "FROM node\nADD a.tgz /srv/app/\nRUN chown --recursive 1000 /srv\n", want: "3"},
		{name: "of one file in it", text: "FROM node\nCOPY a.js /app/\nRUN chown -R node /app\n"},
		{name: "of files in it", text: "FROM node\nCOPY a.js /app/\nCOPY *.json /app/\nRUN chown -R node /app\n", want: "4"},
		{name: "to the owner of a variable", text: in + "ARG U=node\nRUN chown -R $U:$U /app\n", want: "5"},
		{name: "of files of a stage", text: "FROM a AS b\nFROM node\nCOPY --from=b /x /app\nRUN chown -R node /app\n", want: "4"},
		{name: "the mode", text: in + "RUN chmod -R 755 /app\n", want: "4"},
		{name: "as root by sudo", text: in + "RUN sudo chown -R node /app\n", want: "4"},
		{name: "a copy with the owner", text: "FROM node\nCOPY --chown=node . /app\nRUN chown -R node /app\n"},
		{name: "a copy with the owner, the mode", text: "FROM node\nCOPY --chown=node . /app\nRUN chmod -R 755 /app\n", want: "3"},
		{name: "of a part", text: in + "RUN chown -R node /app/data\n"},
		{name: "of one file", text: in + "RUN chmod +x run.sh\n"},
		{name: "elsewhere", text: in + "RUN chown -R node /data\n"},
		{name: "before the copy", text: "FROM node\nRUN chown -R node /app\nCOPY . /app\n"},
		{name: "of a variable", text: in + "ENV D=/app\nRUN chown -R node $D\n"},
		{name: "to a variable", text: "FROM node\nENV D=/app\nWORKDIR $D\nCOPY . ${D}\nRUN chown -R node /app\n", want: "5"},
		{name: "to an unknown variable", text: "FROM node\nARG D\nCOPY . $D\nRUN chown -R node /app\n"},
		{name: "in another directory", text: in + "RUN cd data && chown -R node .\n"},
		{name: "in a stage that is not shipped", text: "FROM node AS b\nCOPY . /app\nRUN chown -R node /app\nFROM node\nCOPY --from=b /app/x /x\n"},
	})
}

// The hint works as it is: the user has to exist.
func TestChownHint(t *testing.T) {
	for owner, want := range map[string]string{
		"app":     "copy them with --chown=app, and create the user before",
		"1000:10": "copy them with --chown=1000:10",
		"$U":      "copy them with --chown, and create the user before",
		"node":    "copy them with --chown=node",
	} {
		text := "FROM node\nARG U=app\nCOPY . /app\nRUN useradd app && chown -R " + owner + " /app\n"
		if owner == "node" {
			text = strings.Replace(text, "useradd app", "true", 1)
		}
		found := onlyOf("ChownAfterCopy", adviceOf(t, checkCase{}.difftest(text), nil))
		if len(found) != 1 || found[0].Hint != want {
			t.Errorf("%s: %+v, want the hint %q", owner, found, want)
		}
	}
}
