package advice_test

import "testing"

func TestHeredocIgnoresErrors(t *testing.T) {
	runCases(t, "HeredocIgnoresErrors", []checkCase{
		{name: "two commands", text: "FROM a\nRUN <<E\nmake\nmake install\nE\n", want: "2!"},
		{name: "quoted delimiter", text: "FROM a\nRUN <<'E'\nmake\nmake install\nE\n", want: "2!"},
		{name: "indented", text: "FROM a\nRUN <<-E\n\tmake\n\tmake install\n\tE\n", want: "2!"},
		{name: "with a mount", text: "FROM a\nRUN --mount=type=cache,target=/c \\\n  <<E\nmake\nmake install\nE\n", want: "2!"},
		{name: "for a shell", text: "FROM a\nRUN bash <<E\nmake\nmake install\nE\n", want: "2!"},
		{name: "a shell with -e", text: "FROM a\nRUN bash -ex <<E\nmake\nmake install\nE\n"},
		{name: "interpreter", text: "FROM a\nRUN <<E\n#!/bin/bash\nmake\nmake install\nE\n", want: "2!"},
		{name: "interpreter with -e", text: "FROM a\nRUN <<E\n#!/bin/sh -e\nmake\nmake install\nE\n"},
		{name: "another language", text: "FROM a\nRUN <<E\n#!/usr/bin/env python3\nprint(1)\nprint(2)\nE\n"},
		{name: "PowerShell", text: "FROM a\nRUN <<E\n#!/usr/bin/env pwsh\nGet-Item a\nGet-Item b\nE\n"},
		{name: "fish", text: "FROM a\nRUN <<E\n#!/usr/bin/fish\nmake\nmake install\nE\n"},
		{name: "interpreter of env", text: "FROM a\nRUN <<E\n#!/usr/bin/env -S bash -x\nmake\nmake install\nE\n", want: "2!"},
		{name: "input of another program", text: "FROM a\nRUN python3 <<E\nprint\nprint\nE\n"},
		{name: "set -e", text: "FROM a\nRUN <<E\nset -eux\nmake\nmake install\nE\n"},
		{name: "errexit", text: "FROM a\nRUN <<E\nset -o errexit\nmake\nmake install\nE\n"},
		{name: "set -x", text: "FROM a\nRUN <<E\nset -x\nmake\nmake install\nE\n", want: "2!"},
		{name: "SHELL with -e", text: "FROM a\nSHELL [\"/bin/bash\", \"-euo\", \"pipefail\", \"-c\"]\nRUN <<E\nmake\nmake install\nE\n"},
		{name: "SHELL of the stage below", text: "FROM a AS b\nSHELL [\"/bin/bash\", \"-e\", \"-c\"]\nFROM b\nRUN <<E\nmake\nmake install\nE\n"},
		{name: "one chain", text: "FROM a\nRUN <<E\nmake &&\n  make install\nE\n"},
		{name: "one command", text: "FROM a\nRUN <<E\nmake install\nE\n"},
		{name: "errors looked after", text: "FROM a\nRUN <<E\nmake || exit 1\nmake install\nE\n"},
		{name: "trap", text: "FROM a\nRUN <<E\ntrap 'exit 1' ERR\nmake\nmake install\nE\n"},
		{name: "only output", text: "FROM a\nRUN <<E\necho a\nexport A=1\nmake\nE\n"},
		{name: "may fail", text: "FROM a\nRUN <<E\ngrep x y\nmake\nE\n", want: "2"},
		{name: "file", text: "FROM a\nCOPY <<E /run.sh\nmake\nmake install\nE\n"},
		{name: "into a file", text: "FROM a\nRUN cat <<E > /run.sh\nmake\nmake install\nE\n"},
		{name: "not a shell", text: "FROM a\nRUN <<E\nmake (\n)\nE\n"},
	})
}
