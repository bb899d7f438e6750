package advice_test

import (
	"testing"

	"github.com/stratabuild/strata/llbconv/advice"
)

func TestSecretWithoutKey(t *testing.T) {
	runCases(t, "SecretWithoutKey", []checkCase{
		{name: "settings", text: "FROM a\nRUN --mount=type=secret,id=env,target=/app/.env npm run build\n", want: "2"},
		{name: "a name that says so", text: "FROM a\nRUN --mount=type=secret,id=appsettings.json make\n", want: "2"},
		{name: "a token", text: "FROM a\nRUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci\n"},
		{name: "a variable", text: "FROM a\nRUN --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN npm ci\n"},
		{name: "with a key", text: "FROM a\nARG R\n# strata=cache-key=$R\nRUN --mount=type=secret,id=env,target=/app/.env npm run build\n"},
		{name: "another mount", text: "FROM a\nRUN --mount=type=bind,target=/app/.env make\n"},
	})
}

func TestSecretInLayer(t *testing.T) {
	env := advice.Files{".env": ""}
	runCases(t, "SecretInLayer", []checkCase{
		{name: ".env", text: "FROM a\nCOPY . .\n", want: "2", files: env},
		{name: "a key", text: "FROM a\nADD . /a\n", want: "2", files: advice.Files{"deploy/id_rsa": ""}},
		{name: "a private key", text: "FROM a\nCOPY . .\n", want: "2", files: advice.Files{"k.pem": "-----BEGIN PRIVATE KEY-----\n"}},
		{name: "a certificate", text: "FROM a\nCOPY . .\n", files: advice.Files{"k.pem": "-----BEGIN CERTIFICATE-----\n"}},
		{name: "a token", text: "FROM a\nCOPY . .\n", want: "2", files: advice.Files{".npmrc": "//r/:_authToken=abc\n"}},
		{name: "a token in a variable", text: "FROM a\nCOPY . .\n", files: advice.Files{".npmrc": "//r/:_authToken=${TOKEN}\n"}},
		{name: "a registry", text: "FROM a\nCOPY . .\n", files: advice.Files{".npmrc": "registry=https://r\n"}},
		{name: "a test", text: "FROM a\nCOPY . .\n", files: advice.Files{"tests/id_rsa": "", "testdata/.env": ""}},
		{name: "not in the result", text: "FROM a AS b\nCOPY . .\nFROM scratch\nCOPY --from=b /x /x\n", files: env},
		{name: "below the result", text: "FROM a AS b\nCOPY . .\nFROM b\n", want: "2", files: env},
		{name: "a part of the context", text: "FROM a\nCOPY src .\n", files: env},
		{name: "named", text: "FROM a\nCOPY ./.env ./\nRUN make\nCOPY . .\n", files: env},
		{name: "used by a step", text: "FROM a\nCOPY . .\nRUN . ./.env && make\n", files: env},
		{name: "used by the image", text: "FROM a\nCOPY . .\nCMD [\"run\", \"--env-file=.env\"]\n", files: env},
		{name: "another one named", text: "FROM a\nCOPY . .\nRUN cp .env.example .environment\n", want: "2", files: env},
		{name: "files not known", text: "FROM a\nCOPY . .\n"},
	})
}

func TestBroadContext(t *testing.T) {
	git := advice.Files{".git/HEAD": ""}
	runCases(t, "BroadContext", []checkCase{
		{name: "Git", text: "FROM a\nCOPY . .\n", want: "2", files: git},
		{name: "modules", text: "FROM a\nCOPY . .\n", want: "2", files: advice.Files{"package.json": "", "node_modules/a": ""}},
		{name: "a target directory of another kind", text: "FROM a\nCOPY . .\n", files: advice.Files{"target/a": ""}},
		{name: "an ignore file", text: "FROM a\nCOPY . .\n", files: git, ignore: "*.md\n"},
		{name: "git is run", text: "FROM a\nCOPY . .\nRUN git describe\n", files: git},
		{name: "git is run in a stage on top", text: "FROM a AS src\nCOPY . .\nFROM src\nRUN git describe\n", files: git},
		{name: "git is run in another stage", text: "FROM a AS src\nRUN git describe\nFROM a\nCOPY . .\n", want: "4", files: git},
		{name: "a part", text: "FROM a\nCOPY src .\n", files: git},
		{name: "files not known", text: "FROM a\nCOPY . .\n"},
	})
}
