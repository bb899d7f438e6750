package advice_test

import "testing"

func TestUpdateAlone(t *testing.T) {
	runCases(t, "UpdateAlone", []checkCase{
		{name: "joined", text: "FROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n", want: "2!"},
		{name: "options", text: "FROM debian\nRUN apt-get -qq update -y\nRUN DEBIAN_FRONTEND=noninteractive apt-get install -y curl\n", want: "2!"},
		{name: "output", text: "FROM debian\nRUN apt-get update >/dev/null\nRUN apt-get install -y curl\n", want: "2!"},
		{name: "a comment behind it", text: "FROM debian\nRUN apt-get update # lists\nRUN apt-get install -y curl\n", want: "2"},
		{name: "apk", text: "FROM alpine\nRUN apk update\nRUN apk add curl\n", want: "2!"},
		{name: "apk with lists of its own", text: "FROM alpine\nRUN apk update\nRUN apk add --no-cache curl\n"},
		{name: "metadata between", text: "FROM debian\nRUN apt-get update\n# for the registry\nLABEL a=b\nRUN apt-get install -y curl\n", want: "2!"},
		{name: "files between", text: "FROM debian\nRUN apt-get update\nCOPY . /a\nRUN apt-get install -y curl\n", want: "2"},
		{name: "several commands", text: "FROM debian\nRUN apt-get update\nRUN set -e; apt-get install -y curl\n", want: "2"},
		{name: "with flags", text: "FROM debian\nRUN apt-get update\nRUN --network=default apt-get install -y curl\n", want: "2!"},
		{name: "flags in lines of their own", text: "FROM debian\nRUN apt-get update\nRUN --network=default \\\n  --security=sandbox \\\n  apt-get install -y curl\n", want: "2"},
		{name: "in a here-document", text: "FROM debian\nRUN apt-get update\nRUN <<E\napt-get install -y curl\nE\n", want: "2"},
		{name: "updated again", text: "FROM debian\nRUN apt-get update\nRUN apt-get update && apt-get install -y curl\n"},
		{name: "nothing installed", text: "FROM debian\nRUN apt-get update\n"},
		{name: "more than an update", text: "FROM debian\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y curl\nLABEL a=b\nRUN apt-get install -y git\n", want: "2!"},
		{name: "JSON form", text: "FROM debian\nRUN [\"apt-get\", \"update\"]\nRUN [\"apt-get\", \"install\", \"-y\", \"curl\"]\n", want: "2"},
		{name: "an update and an upgrade", text: "FROM debian\nRUN sudo apt-get update && sudo apt-get upgrade -y\nRUN set -e; apt-get install -y curl\n", want: "2"},
		{name: "several installs", text: "FROM debian\nRUN apt-get update\nRUN apt-get install -y curl\nRUN apt-get install -y git\n", want: "2!"},
		{name: "a script that may update", text: "FROM debian\nRUN apt-get update && apt-get install -y curl\nRUN curl https://a/setup | bash - && apt-get install -y git\n"},
		{name: "a script between", text: "FROM debian\nRUN apt-get update\nRUN ./setup.sh\nRUN apt-get install -y git\n", want: "2"},
		{name: "a new source of packages", text: "FROM ubuntu\nRUN apt-get update && apt-get install -y a\nRUN add-apt-repository -y ppa:a/b\nRUN apt-get install -y b\n"},
		{name: "lists that are removed", text: "FROM debian\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y curl\n"},
		{name: "a time to live", text: "FROM debian\nRUN --cache-ttl=1d apt-get update\nRUN apt-get install -y curl\n"},
		{name: "the lists in a cache", text: "FROM debian\nRUN --mount=type=cache,target=/var/lib/apt apt-get update\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl\n"},
		{name: "the lists of the install in a cache", text: "FROM debian\nRUN apt-get update\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl\n"},
		{name: "another language", text: "FROM debian\nSHELL [\"powershell\"]\nRUN apt-get update\nRUN apt-get install -y curl\n"},
	})
}

// The semicolon of an update is not part of the joined command.
func TestJoinedUpdateWithSemicolon(t *testing.T) {
	got := fixedText(t, "UpdateAlone", checkCase{text: "FROM debian\nRUN apt-get update;\nRUN apt-get install -y curl;\n"})
	if want := "FROM debian\nRUN apt-get update && apt-get install -y curl;\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestListsNotRemoved(t *testing.T) {
	runCases(t, "ListsNotRemoved", []checkCase{
		{name: "kept", text: "FROM debian\nRUN apt-get update && apt-get install -y curl\n", want: "2!"},
		{name: "over lines", text: "FROM debian\nRUN apt-get update \\\n && apt-get install -y \\\n    curl\n", want: "2!"},
		{name: "a comment at the end", text: "FROM debian\nRUN apt-get update && apt-get install -y curl # for health\n", want: "2"},
		{name: "JSON form", text: "FROM debian\nRUN [\"/bin/bash\", \"-ec\", \"apt-get update && apt-get install -y curl\"]\n", want: "2"},
		{name: "JSON form with options", text: "FROM debian\nRUN [\"bash\", \"-eo\", \"pipefail\", \"-c\", \"apt-get update && apt-get install -y curl\"]\n", want: "2"},
		{name: "JSON form of a script that is only read", text: "FROM debian\nRUN [\"bash\", \"-n\", \"-c\", \"apt-get update && apt-get install -y curl\"]\n"},
		{name: "JSON form of a file", text: "FROM debian\nRUN [\"bash\", \"a\", \"-c\", \"apt-get update && apt-get install -y curl\"]\n"},
		{name: "JSON form with literal signs", text: "FROM debian\nRUN [\"apt-get\", \"update\", \"&&\", \"apt-get\", \"install\", \"-y\", \"curl\"]\n"},
		{name: "a comment in between", text: "FROM debian\nRUN apt-get update && \\\n  # tools\n  apt-get install -y curl\n", want: "2!"},
		{name: "a semicolon at the end", text: "FROM debian\nRUN apt-get update; apt-get install -y curl;\n", want: "2"},
		{name: "in the background", text: "FROM debian\nRUN apt-get update && apt-get install -y curl &\n", want: "2"},
		{name: "sudo", text: "FROM debian\nRUN sudo apt-get update && sudo apt-get install -y curl\n", want: "2!"},
		{name: "here-document", text: "FROM debian\nRUN <<E\napt-get update\napt-get install -y curl\nE\n", want: "2"},
		{name: "removed", text: "FROM debian\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"},
		{name: "all removed", text: "FROM debian\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt\n"},
		{name: "removed in their folder", text: "FROM debian\nRUN apt-get update && apt-get install -y curl && cd /var/lib/apt/lists && rm -rf *\n"},
		{name: "braces", text: "FROM debian\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/{apt,dpkg}/lists\n"},
		{name: "found and removed", text: "FROM debian\nRUN apt-get update && apt-get install -y curl && find /var/lib/apt/lists -type f -delete\n"},
		{name: "a cache mount", text: "FROM debian\nRUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y curl\n"},
		{name: "a cache with a variable", text: "FROM debian\nARG A\nRUN --mount=type=cache,id=$A,target=/var/lib/apt,sharing=locked --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y curl\n"},
		{name: "not in the result", text: "FROM debian AS b\nRUN apt-get update && apt-get install -y curl\nFROM scratch\nCOPY --from=b /bin/curl /\n"},
		{name: "used later", text: "FROM debian\nRUN apt-get update && apt-get install -y curl\nRUN apt-get install -y git\n"},
		{name: "renewed later", text: "FROM debian\nRUN apt-get update && apt-get install -y curl\nRUN apt-get update && apt-get install -y git\nRUN apt-get install -y vim\n", want: "2!"},
		{name: "removed later by a command that needs them", text: "FROM debian\nRUN apt-get update && apt-get install -y curl\nRUN rm -r /var/lib/apt/lists/*\n", want: "2"},
		{name: "an upgrade", text: "FROM debian\nRUN apt-get update && apt-get upgrade -y\n", want: "2!"},
		{name: "apk upgrade", text: "FROM alpine\nRUN apk update && apk upgrade\n", want: "2!"},
		{name: "a group of packages", text: "FROM centos\nRUN yum group install -y tools\nRUN yum groupinstall -y more\n", want: "2!"},
		{name: "used by the stage on top", text: "FROM debian AS a\nRUN apt-get update && apt-get install -y curl\nFROM a\nRUN apt-get install -y git\n"},
		{name: "a script that may clean", text: "FROM debian\nCOPY s.sh /\nRUN apt-get update && apt-get install -y curl && /s.sh\n"},
		{name: "apk", text: "FROM alpine\nRUN apk add curl\n", want: "2!"},
		{name: "apk twice", text: "FROM alpine\nRUN apk add curl\nRUN apk add git\n", want: "2!"},
		{name: "apk after the update", text: "FROM alpine\nRUN apk update\nRUN apk add curl\n"},
		{name: "apk with an update, twice", text: "FROM alpine\nRUN apk update && apk add curl\nRUN apk update && apk add git\n", want: "2! 3!"},
		{name: "apk without a cache", text: "FROM alpine\nRUN apk add --no-cache curl && apk --no-cache add git\n"},
		{name: "apk cleans", text: "FROM alpine\nRUN apk add --update curl && rm -rf /var/cache/apk/*\n"},
		{name: "dnf", text: "FROM fedora\nRUN dnf install -y curl\n", want: "2!"},
		{name: "dnf twice", text: "FROM fedora\nRUN dnf install -y curl\nRUN dnf install -y git\n", want: "2!"},
		{name: "dnf twice, the first cleans", text: "FROM fedora\nRUN dnf install -y curl && dnf clean all\nRUN dnf install -y git\n", want: "3!"},
		{name: "dnf with new lists, twice", text: "FROM fedora\nRUN dnf install -y curl\nRUN dnf --refresh install -y git\n", want: "2! 3!"},
		{name: "yum cleans", text: "FROM centos\nRUN yum install -y curl && yum clean all\n"},
		{name: "yum removes", text: "FROM centos\nRUN yum install -y curl && rm -rf /var/cache/yum\n"},
	})
}
