package advice_test

import "testing"

func TestStaleFetch(t *testing.T) {
	runCases(t, "StaleFetch", []checkCase{
		{name: "the newest release", text: "FROM a\nRUN curl -fsSL https://github.com/a/b/releases/latest/download/b -o /b\n", want: "2"},
		{name: "with a variable", text: "FROM a\nRUN wget https://github.com/a/b/releases/latest/download/b-$(uname -m)\n", want: "2"},
		{name: "a branch", text: "FROM a\nRUN curl https://raw.githubusercontent.com/a/b/master/install.sh | sh\n", want: "2"},
		{name: "a version", text: "FROM a\nRUN curl -fsSL https://github.com/a/b/releases/download/v1.2/b -o /b\n"},
		{name: "a version in a variable", text: "FROM a\nARG V=1\nRUN curl -fsSL https://github.com/a/b/releases/download/$V/b -o /b\n"},
		{name: "a checksum", text: "FROM a\nRUN curl -O https://example.com/latest/b && echo \"0123  b\" | sha256sum -c\n"},
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
		{name: "a local repository", text: "FROM a\nRUN git clone /repo\n"},
		{name: "one finding for a step", text: "FROM debian\nRUN apt-get update && apt-get upgrade -y && git clone https://a/b\n", want: "2"},
	})
}
