package advice_test

import "testing"

// A value with quotes is the same as one without them.
func TestQuotedValues(t *testing.T) {
	const conda, project = "RUN conda env create -f e.yml\n", "RUN npm ci\nCMD [\"x\"]\n"
	runCases(t, "InstallWithoutCacheMount", []checkCase{
		{name: "PATH", text: "FROM debian\nENV PATH=\"/opt/conda/bin:$PATH\"\n" + conda, want: "3"},
		{name: "PATH at its end", text: "FROM debian\nENV PATH='/bin:/opt/conda/bin'\n" + conda, want: "3"},
		{name: "PATH in parts", text: "FROM debian\nENV PATH=/opt/\"conda\"/bin:\"$PATH\"\n" + conda, want: "3"},
		{name: "PATH of the image", text: "FROM continuumio/miniconda3\nENV PATH=\"/opt/bin:${PATH}\"\n" + conda, want: "3"},
		{name: "PATH that is replaced", text: "FROM continuumio/miniconda3\nENV PATH=\"/opt/bin\"\n" + conda},
		{name: "PATH with another variable", text: "FROM continuumio/miniconda3\nENV PATH=\"/opt/bin:$PATHS\"\n" + conda},
		{name: "empty", text: "FROM node\nENV XDG_CACHE_HOME=\"\"\nRUN npm ci\n", want: "3!"},
		{name: "home", text: "FROM node\nENV HOME='/root'\nRUN npm ci\n", want: "3!"},
		{name: "directory", text: "FROM debian\nENV GOPATH='/'\"go\"\nRUN go build -o /a .\n", want: "3!"},
		{name: "links", text: "FROM python\nENV UV_LINK_MODE=\"symlink\"\nRUN uv sync\n", want: "3"},
		{name: "user", text: "FROM node\nUSER \"root\"\nRUN npm ci\n", want: "3!"},
		{name: "user, by number", text: "FROM node\nUSER '0:0'\nRUN npm ci\n", want: "3!"},
		{name: "default", text: "FROM node\nARG XDG_CACHE_HOME=''\nRUN npm ci\n", want: "3!"},
		{name: "global default", text: "ARG XDG_CACHE_HOME=\"\"\nFROM node\nARG XDG_CACHE_HOME\nRUN npm ci\n", want: "4!"},
	})
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "working directory", text: "FROM node\nWORKDIR '/app'\nCOPY . /app\n" + project, want: "3"},
		{name: "destination", text: "FROM node\nWORKDIR /app\nCOPY . '/app'\n" + project, want: "3"},
		{name: "both", text: "FROM node\nWORKDIR \"/app\"\nCOPY . \"/app\"\n" + project, want: "3"},
	})
	runCases(t, "PlatformArgDefault", []checkCase{
		{name: "the value that it has", text: "FROM a\nARG TARGETOS=\"linux\"\n"},
		{name: "another value", text: "FROM a\nARG TARGETARCH='amd64'\n", want: "2"},
	})
	runCases(t, "ListInOneVariable", []checkCase{
		{name: "one name with an escaped blank", text: "FROM a\nENV FILES=a\\ b\nCOPY $FILES /x/\n"},
	})
}
