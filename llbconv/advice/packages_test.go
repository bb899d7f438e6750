package advice_test

import (
	"strings"
	"testing"
)

func TestCopyBeforePackages(t *testing.T) {
	const (
		in    = "FROM a\nWORKDIR /app\n"
		all   = in + "COPY . .\n"
		built = "FROM a AS build\nCOPY . /src\nFROM a\n"
	)
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "apt-get", text: all + "RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*\nRUN make\n", want: "3!"},
		{name: "apk", text: "FROM a\nADD . /build/\nWORKDIR /build\nRUN apk add git\nRUN apk add --no-cache -t .deps gcc\nENV A=b\nCOPY go.mod .\n", want: "2!"},
		{name: "dnf", text: all + "RUN dnf install -y git && dnf clean all\n", want: "3!"},
		{name: "a variable of the command", text: all + "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y git\n", want: "3!"},
		{name: "a list update of its own", text: all + "RUN apt-get update\nRUN apt-get install -y git\n", want: "3!"},
		{name: "tools of Python", text: all + "ARG V\nRUN pip install --upgrade pip && python3 -m pip install poetry==$V\nRUN poetry build\n", want: "3!"},
		{name: "a gem", text: all + "USER root\nRUN gem install bundler\n", want: "3!"},
		{name: "tools of Node.js", text: all + "RUN npm i -g pnpm@9 && npm cache clean --force\n", want: "3!"},
		{name: "conda", text: all + "RUN conda install -y -c conda-forge mamba && conda clean -ay\n", want: "3!"},
		{name: "conda with a list", text: all + "RUN conda install -y --file requirements.txt\n"},
		{name: "a package of the project", text: all + "RUN npm install -g .\n"},
		{name: "a source of packages", text: all + "RUN echo deb https://a b main > /etc/apt/sources.list.d/b.list && apt-get update && apt-get install -y c\n", want: "3!"},
		{name: "a script that is piped", text: all + "RUN curl -fsSL https://deb.nodesource.com/setup_20.x | bash - && apt-get install -y nodejs\n", want: "3!"},
		{name: "a key", text: all + "RUN wget -qO- https://a/k.asc | gpg --dearmor -o /etc/apt/keyrings/a.gpg && apt-get install -y a && ln -s /usr/bin/a /usr/bin/b\n", want: "3!"},
		{name: "a user", text: all + "RUN useradd -m app && apk add git\n", want: "3!"},
		{name: "two copies", text: in + "COPY . .\nCOPY . /two\nRUN apk add git\n", want: "3! 4!"},
		{name: "a comment", text: in + "# everything\nCOPY . .\nRUN apk add git\n", want: "4!"},
		{name: "a new directory", text: all + "WORKDIR web\nRUN apk add git\n", want: "3"},
		{name: "a variable", text: in + "ENV D=/d\nCOPY . $D\nRUN apk add git\n", want: "4"},
		{name: "another file to the same place", text: all + "COPY --from=b /x x\nRUN apk add git\n", want: "3"},
		{name: "another file to another place", text: all + "COPY --from=b /x /x\nRUN apk add git\n", want: "3!"},
		{name: "a here-document to the same place", text: all + "COPY <<E /app/x.json\n{}\nE\nRUN apk add git\n", want: "3"},
		{name: "an own file to another place", text: all + "COPY x.txt /x\nRUN apk add git\n", want: "3! 4!"},
		{name: "a package in a file", text: all + "RUN apt-get install -y ./a.deb\n"},
		{name: "a package in a file without a path", text: all + "RUN dnf install -y a.rpm\n"},
		{name: "the project", text: all + "RUN pip install .\n"},
		{name: "the project with an extra", text: all + "RUN pip install .[dev]\n"},
		{name: "a constraint", text: all + "RUN pip install -c constraints.txt flask\n"},
		{name: "a constraint in a variable", text: in + "ENV PIP_CONSTRAINT=/app/c.txt\nCOPY . .\nRUN pip install flask\n"},
		{name: "a constraint in a variable of the command", text: all + "RUN PIP_CONSTRAINT=c.txt pip install flask\n"},
		{name: "yarn, which reads .npmrc", text: all + "RUN yarn global add turbo\n"},
		{name: "a list in a file", text: all + "RUN apt-get install -y $(cat packages.txt)\n"},
		{name: "a list in a variable", text: all + "RUN apt-get install -y $PACKAGES\n"},
		{name: "a list by xargs", text: all + "RUN xargs apt-get install -y < packages.txt\n"},
		{name: "a key in the context", text: all + "RUN apt-key add key.asc && apt-get install -y a\n"},
		{name: "a file that is written", text: all + "RUN echo a > b && apk add git\n"},
		{name: "a directory that is removed", text: all + "RUN rm -rf /app/cache && apk add git\n"},
		{name: "a download to the directory", text: all + "RUN curl -fsSLO https://a/b && apk add git\n"},
		{name: "another download to the directory", text: all + "RUN wget https://a/b && apk add git\n"},
		{name: "a download by a long option", text: all + "RUN curl --output=b https://a/b && apk add git\n"},
		{name: "a download to another directory", text: all + "RUN curl --silent --output=/tmp/b https://a/b && apk add git\n", want: "3!"},
		{name: "an upload", text: all + "RUN curl -T a.txt https://a/b && apk add git\n"},
		{name: "a script of the project", text: all + "RUN bash setup.sh && apk add git\n"},
		{name: "an owner of the directory, with quotes", text: "FROM a\nCOPY --chown=1000 . /app\nWORKDIR \"/app\"\nRUN apk add git\n", want: "2"},
		{name: "an owner of the directory", text: "FROM a\nCOPY --chown=1000 . /app\nWORKDIR /app\nRUN apk add git\n", want: "2"},
		{name: "an owner of files", text: in + "COPY --chown=1000 . .\nRUN apk add git\n", want: "3!"},
		{name: "an exported variable", text: all + "RUN export PIP_CONSTRAINT=/app/c.txt && pip install flask\n"},
		{name: "a certificate", text: all + "RUN pip install --cert ca.pem flask\n"},
		{name: "a script in the text", text: all + "RUN bash <<E && apk add git\nmake\nE\n"},
		{name: "the home of a user", text: "FROM a\nCOPY . /home/app\nRUN useradd -m app && apk add git\n"},
		{name: "another home of a user", text: all + "RUN useradd -m -d /app app && apk add git\n"},
		{name: "another home of a user, joined to its option", text: all + "RUN adduser --system --home=/app app && apk add git\n"},
		{name: "a shell of a user, joined to its option", text: all + "RUN adduser --system --shell=/bin/sh app && apk add git\n", want: "3!"},
		{name: "an owner", text: all + "RUN chown -R 1:1 /app && apk add git\n"},
		{name: "a build before", text: all + "RUN make\nRUN apk add git\n"},
		{name: "a mount", text: all + "RUN --mount=type=bind,target=/src apk add git\n"},
		{name: "into the root", text: "FROM a\nCOPY . /\nRUN apk add git\n"},
		{name: "settings", text: "FROM a\nCOPY . /etc/apt\nRUN apt-get install -y a\n"},
		{name: "a step that always runs", text: all + "# strata=no-cache\nRUN apk add git\n"},
		{name: "after the install", text: in + "RUN apk add git\nCOPY . .\n"},
		{name: "of a stage", text: in + "COPY --from=b . .\nRUN apk add git\n"},
	})
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "manifests", text: in + "COPY package.json yarn.lock ./\nRUN apk add git\nRUN yarn install\n", want: "3!"},
		{name: "two manifests", text: in + "COPY go.mod ./\nCOPY go.sum ./\nRUN apk add git\nRUN go mod download\n", want: "3!"},
		{name: "sources, which another finding is about", text: in + "COPY package.json ./\nCOPY src src\nRUN npm ci\nRUN apk add git\n", want: "4"},
		{name: "sources to a new directory", text: in + "COPY src src\nWORKDIR src\nRUN apk add git\n", want: "3"},
		{name: "into a directory of packages", text: in + "COPY index.html /usr/share/nginx/html/\nRUN apk add nginx\n", want: "3"},
		{name: "copies of a stage", text: built + "COPY --from=build /src/app /app/\nCOPY --from=0 /src/b /b\nRUN apk add git\n", want: "4!"},
		{name: "copies of a stage by a variable", text: built + "ARG D=/src\nCOPY --from=build $D /app/\nRUN apk add git\n"},
		{name: "copies of a stage that does not read the context", text: "FROM a AS build\nRUN make\nFROM a\nCOPY --from=build /a /app/\nRUN apk add git\n"},
		{name: "copies of a stage through another one", text: "FROM a AS b\nADD src /\nFROM b AS c\nFROM a AS d\nCOPY --from=c /a /\nFROM a\nCOPY --from=d /a /app/\nRUN apk add git\n", want: "7!"},
		{name: "programs of a stage", text: built + "COPY --from=build /venv /opt/venv\nENV PATH=\"/opt/venv/bin:$PATH\"\nRUN pip install a\n"},
		{name: "programs in a directory that a variable names", text: in + "COPY tools tools\nENV TOOLS=/app/tools\nENV PATH=$TOOLS/bin:$PATH\nRUN apk add git\n"},
		{name: "copies above two installs", text: in + "COPY a.txt .\nRUN apk add git\nCOPY b.txt .\nRUN apk add curl\n", want: "3! 5!"},
		{name: "an install that may use one of the files", text: in + "COPY a.txt /a/\nCOPY b.txt /b/\nRUN apk add git\nRUN rm -rf /b/c && apk add curl\n", want: "3! 4!"},
		{name: "a package that is copied", text: in + "COPY a.deb /tmp/\nRUN apt-get install -y /tmp/a.deb\n"},
		{name: "a list that is copied", text: in + "COPY packages.txt /tmp/\nRUN xargs apt-get install -y < /tmp/packages.txt\n"},
		{name: "a source of packages that is copied", text: in + "COPY a.list /etc/apt/sources.list.d/\nRUN apt-get install -y a\n"},
		{name: "the settings of a user", text: "FROM node\nCOPY .npmrc /home/node/.npmrc\nRUN npm install -g serve\n"},
		{name: "a certificate", text: in + "COPY ca.crt ./\nRUN apk add git\n"},
		{name: "a variable as the source", text: in + "ARG F\nCOPY $F /x/\nRUN apk add git\n"},
		{name: "URLs", text: in + "ADD https://a/tool-1.2 /opt/tool\nADD https://github.com/a/b.git#v1 /src/\nRUN apk add git\n"},
		{name: "copies of a stage with a URL", text: "FROM a AS build\nADD https://a/b-1.2.tgz /src/\nFROM a\nCOPY --from=build /src/b /opt/\nRUN apk add git\n"},
		{name: "a URL below the context", text: all + "ADD https://a/tool-1.2 /opt/tool\nRUN apk add git\n", want: "3!"},
		{name: "from a mount", text: in + "COPY a.txt .\nRUN --mount=target=/src apk add git\n"},
	})
	got := fixedText(t, "CopyBeforeInstall", checkCase{text: in + "# everything\nCOPY . .\nRUN apk add git\nENV A=b\nRUN apk add curl\nRUN make\n"})
	if want := in + "RUN apk add git\nENV A=b\nRUN apk add curl\n# everything\nCOPY . .\nRUN make\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A copy moves down to the last install that does not use its files.
func TestMovedCopies(t *testing.T) {
	got := fixedText(t, "CopyBeforeInstall", checkCase{text: "FROM a\nCOPY a.txt /a/\nCOPY b.txt /b/\nRUN apk add git\nRUN rm -rf /b/c && apk add curl\n"})
	if want := "FROM a\nRUN apk add git\nCOPY b.txt /b/\nRUN rm -rf /b/c && apk add curl\nCOPY a.txt /a/\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Installs of packages above one from manifests are part of the same finding.
func TestCopyBeforeBoth(t *testing.T) {
	got := fixedText(t, "CopyBeforeInstall", checkCase{text: inPython + "COPY . .\nRUN curl -fsSL https://a/b | bash - && apt-get install -y c\nRUN pip install -r requirements.txt\n", files: with("a.py", "")})
	if want := inPython + "RUN curl -fsSL https://a/b | bash - && apt-get install -y c\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY . .\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A copy of manifests between the two does not hide the finding.
func TestCopyBetween(t *testing.T) {
	found := onlyOf("CopyBeforeInstall", adviceOf(t, checkCase{}.difftest("FROM golang\nADD . /a\nWORKDIR /a\nCOPY go.mod .\nRUN go mod download\n"), with("go.mod", "module a\n")))
	if len(found) != 1 || len(found[0].Edits) > 0 || !strings.Contains(found[0].Message, "before go mod download") {
		t.Errorf("the findings are %+v", found)
	}
}
