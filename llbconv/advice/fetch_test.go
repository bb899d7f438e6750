package advice_test

import (
	"strings"
	"testing"
)

func TestStaleFetch(t *testing.T) {
	runCases(t, "StaleFetch", []checkCase{
		{name: "the newest release", text: "FROM a\nRUN curl -fsSL https://github.com/a/b/releases/latest/download/b -o /b\n", want: "2"},
		{name: "with a variable", text: "FROM a\nRUN wget https://github.com/a/b/releases/latest/download/b-$(uname -m)\n", want: "2"},
		{name: "a branch", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/master/install.sh | sh\n", want: "2"},
		{name: "a branch by its full name", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/refs/heads/dev/x | sh && wget https://github.com/a/b/archive/refs/heads/x.zip\n", want: "2"},
		{name: "a tag by its full name", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/refs/tags/v1/x | sh\n"},
		{name: "pip install of a branch", text: "FROM a\nRUN python -m pip install 'b @ git+https://github.com/a/b.git#egg=b'\n", want: "2"},
		{name: "pip install of a named branch", text: "FROM a\nRUN pip install git+https://github.com/a/b@main\n", want: "2"},
		{name: "uv pip install of a branch", text: "FROM a\nRUN uv pip install git+https://github.com/a/b\n", want: "2"},
		{name: "pip install of a tag", text: "FROM a\nRUN pip install git+https://github.com/a/b.git@v1 git+ssh://git@github.com/a/c@0123abc\n"},
		{name: "go install of the newest version", text: "FROM golang\nRUN go install github.com/a/b@latest\n", want: "2"},
		{name: "go install of a version", text: "FROM golang\nRUN go install github.com/a/b@v1.2.3\n"},
		{name: "a version", text: "FROM a\nRUN curl -fsSL https://github.com/a/b/releases/download/v1.2/b -o /b\n"},
		{name: "a version in a variable", text: "FROM a\nARG V=1\nRUN curl -fsSL https://github.com/a/b/releases/download/$V/b -o /b\n"},
		{name: "a checksum", text: "FROM a\nRUN curl -O https://example.com/latest/b && echo \"0123  b\" | sha256sum -c\n"},
		{name: "a checksum by openssl", text: "FROM a\nRUN curl -O https://example.com/latest/b && openssl dgst -sha256 b | grep 0123\n"},
		{name: "a checksum in the next step", text: "FROM a\nRUN curl -O https://example.com/latest/b\nRUN echo \"0123  b\" | sha256sum -c\n"},
		{name: "a key", text: "FROM a\nRUN curl https://example.com/latest/release.gpg | apt-key add -\n"},
		{name: "an installer", text: "FROM a\nRUN curl -fsSL https://deb.nodesource.com/setup_20.x | bash -\n"},
		{name: "a name with the word", text: "FROM a\nRUN wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh\n", want: "2"},
		{name: "a number before the word", text: "FROM a\nRUN wget https://dl.google.com/android/repository/commandlinetools-linux-8512546_latest.zip\n"},
		{name: "git clone", text: "FROM a\nRUN git clone --depth 1 https://github.com/a/b.git\n", want: "2"},
		{name: "git clone of a branch", text: "FROM a\nRUN git clone -b main https://github.com/a/b.git\n", want: "2"},
		{name: "git clone of a tag", text: "FROM a\nRUN git clone -b v1.2 https://github.com/a/b.git && git clone --branch=v1 https://github.com/a/c\n"},
		{name: "git clone of a variable", text: "FROM a\nARG R=v1\nRUN git clone -b $R https://github.com/a/b.git\n"},
		{name: "git checkout", text: "FROM a\nRUN git clone https://github.com/a/b.git && cd b && git checkout 0123abc\n"},
		{name: "git checkout in a later step", text: "FROM a\nRUN git clone https://github.com/a/b.git\nWORKDIR /b\nRUN git reset --hard 0123abc\n"},
		{name: "git checkout of a branch", text: "FROM a\nRUN git clone https://github.com/a/b.git && cd b && git checkout dev\n", want: "2"},
		{name: "git -C", text: "FROM a\nRUN git clone https://github.com/a/b.git b && git -C b checkout 0123abc\n"},
		{name: "upgrade", text: "FROM debian\nRUN apt-get update && apt-get -y dist-upgrade\n", want: "2"},
		{name: "apk upgrade", text: "FROM alpine\nRUN apk upgrade --no-cache\n", want: "2"},
		{name: "apk upgrade of a package", text: "FROM alpine\nRUN apk upgrade --no-cache openssl\n"},
		{name: "yum update", text: "FROM centos\nRUN yum -y update && yum clean all\n", want: "2"},
		{name: "yum update of a package", text: "FROM centos\nRUN yum -y update openssl\n"},
		{name: "a time to live", text: "FROM debian\n# strata=cache-ttl=1w\nRUN apt-get update && apt-get -y upgrade\n"},
		{name: "an ARG to run it again", text: "FROM debian\nARG CACHEBUST=1\nRUN apt-get update && apt-get -y upgrade\n"},
		{name: "a source that is looked at", text: "FROM a\nADD https://api.github.com/repos/a/b/git/refs/heads/main /v.json\nRUN git clone https://github.com/a/b.git\n"},
		{name: "below the context", text: "FROM a\nCOPY . .\nRUN git clone https://github.com/a/b.git\n"},
		{name: "git checkout in another stage", text: "FROM a AS src\nRUN git clone https://github.com/a/b.git\nFROM b\nRUN --mount=from=src,src=/b,target=/b cd /b && git checkout v1\n"},
		{name: "an installer of a version", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/master/install.sh | sh -s -- -b /bin v1.55.1\n"},
		{name: "an installer of a version, as a flag", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/main/get | bash -s -- --version=v3.14.0\n"},
		{name: "an installer of a version in a variable", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/main/get-a | A_VERSION=v3.9.0 bash\n"},
		{name: "an installer of a version, as a file", text: "FROM a\nRUN curl -o get.sh https://raw.githubusercontent.com/a/b/main/get && chmod 700 get.sh && ./get.sh --version v3.9.0\n"},
		{name: "an installer of a version in the environment", text: "FROM a\nENV POETRY_VERSION=1.1.6\nRUN curl https://raw.githubusercontent.com/a/poetry/master/get-poetry.py | python\n"},
		{name: "an installer of a version in the environment, with a hyphen", text: "FROM a\nARG A_B_VERSION=1\nRUN curl https://raw.githubusercontent.com/a/a-b/master/install.sh | sh\n"},
		{name: "an installer, and a version of the image", text: "FROM golang\nRUN curl https://raw.githubusercontent.com/golangci/golangci-lint/master/install.sh | sh\n", want: "2"},
		{name: "an installer, and another version", text: "FROM a\nENV PYTHON_VERSION=3\nRUN curl https://raw.githubusercontent.com/a/poetry/master/get-poetry.py | python\n", want: "3"},
		{name: "a version that is not used", text: "FROM a\nENV B_VERSION=3\nRUN curl -o /b https://github.com/a/b/releases/latest/download/b\n", want: "3"},
		{name: "an installer without a version", text: "FROM a\nRUN curl -o get.sh https://raw.githubusercontent.com/a/b/main/get && chmod 700 get.sh && ./get.sh -y\n", want: "2"},
		{name: "a local repository", text: "FROM a\nRUN git clone /repo\n"},
		{name: "a local repository, as a URL", text: "FROM a\nRUN git clone file:///repo && git clone http://localhost:3000/a\n"},
		{name: "one finding for a step", text: "FROM debian\nRUN apt-get update && apt-get upgrade -y && git clone https://a/b\n", want: "2"},
	})
}

// The message names the command of apt, not the value of an option before it.
func TestUpgradeWithOptions(t *testing.T) {
	found := adviceOf(t, checkCase{}.difftest("FROM debian\nRUN apt-get -o Dpkg::Options::=--force-confold dist-upgrade -y\n"), nil)
	if found = onlyOf("StaleFetch", found); len(found) != 1 || !strings.HasPrefix(found[0].Message, "apt-get dist-upgrade: ") {
		t.Errorf("the findings are %+v", found)
	}
}
