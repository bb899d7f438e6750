package advice_test

import "testing"

func TestChownAfterCopy(t *testing.T) {
	const in = "FROM node\nWORKDIR /app\nCOPY . .\n"
	runCases(t, "ChownAfterCopy", []checkCase{
		{name: "of the directory", text: in + "RUN chown -R node:node /app\n", want: "4"},
		{name: "of the working directory", text: in + "RUN useradd app && chown -hR app: . && ls\n", want: "4"},
		{name: "of one above", text: "FROM node\nADD a.tgz /srv/app/\nRUN chown --recursive 1000 /srv\n", want: "3"},
		{name: "of a file in it", text: "FROM node\nCOPY a.js /app/\nRUN chown -R node /app\n", want: "3"},
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
		{name: "to a variable", text: "FROM node\nENV D=/app\nCOPY . $D\nRUN chown -R node /app\n"},
		{name: "in another directory", text: in + "RUN cd data && chown -R node .\n"},
		{name: "in a stage that is not shipped", text: "FROM node AS b\nCOPY . /app\nRUN chown -R node /app\nFROM node\nCOPY --from=b /app/x /x\n"},
	})
}
