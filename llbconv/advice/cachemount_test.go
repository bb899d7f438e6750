package advice_test

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/advice"
)

func TestInstallWithoutCacheMount(t *testing.T) {
	runCases(t, "InstallWithoutCacheMount", []checkCase{
		{name: "npm", text: "FROM node\nRUN npm ci\n", want: "2!"},
		{name: "npm with a secret", text: "FROM node\nRUN --mount=type=secret,id=a npm ci\n", want: "2!"},
		{name: "npm twice", text: "FROM node\nRUN npm ci\nRUN npm ci --omit=dev\n", want: "2!"},
		{name: "npm in two stages", text: "FROM node AS a\nRUN npm ci\nFROM node\nRUN \\\n  npm ci --omit=dev\nCOPY --from=a /dist /dist\n", want: "2! 4!"},
		{name: "npm of another user", text: "FROM node\nUSER node\nRUN npm ci\n", want: "3"},
		{name: "npm of a user of the image", text: "FROM test/user-workdir\nRUN npm ci\n", want: "2"},
		{name: "npm with a cache", text: "FROM node\nRUN --mount=type=cache,target=/root/.npm npm ci\n"},
		{name: "npm on Windows", text: "FROM mcr.microsoft.com/windows/servercore\nRUN npm ci\n"},
		{name: "npm with an option", text: "FROM node\nRUN npm config set cache /c\nRUN npm ci\n"},
		{name: "npm cleans", text: "FROM node\nRUN npm ci && npm cache clean --force\n"},
		{name: "npm and rm", text: "FROM node\nRUN npm ci && rm -rf /root/.npm\n"},
		{name: "npm of a tool", text: "FROM node\nRUN npm install -g serve\n"},
		{name: "yarn", text: "FROM node\nRUN yarn install --frozen-lockfile\n", want: "2"},
		{name: "pip", text: "FROM python\nRUN pip install -r requirements.txt\n", want: "2!"},
		{name: "pip without a cache", text: "FROM python\nRUN pip install --no-cache-dir -r requirements.txt\n"},
		{name: "pip without a cache, by a variable", text: "FROM python\nENV PIP_NO_CACHE_DIR=1\nRUN pip install -r requirements.txt\n"},
		{name: "pip of packages", text: "FROM python\nRUN pip install flask gunicorn\n"},
		{name: "go", text: "FROM golang\nRUN go mod download\nRUN go build -o /a .\n", want: "2!"},
		{name: "go in a stage on top", text: "FROM golang AS d\nRUN go mod download\nFROM d\nRUN go build -o /a .\n", want: "2! 4!"},
		{name: "go and make", text: "FROM golang\nRUN go mod download\nRUN make\n", want: "2"},
		{name: "go without GOPATH", text: "FROM debian\nRUN go build -o /a .\n", want: "2"},
		{name: "go with a quoted GOPATH", text: "FROM debian\nENV GOPATH=\"/go\"\nRUN go build -o /a .\n", want: "3!"},
		{name: "yarn with a cache of a variable", text: "FROM node\nENV YARN_CACHE_FOLDER=$A/c\nRUN yarn --frozen-lockfile\n"},
		{name: "pip with a cache of a variable", text: "FROM python\nENV XDG_CACHE_HOME=/c\nRUN pip install -r requirements.txt\n"},
		{name: "conda with packages of a variable", text: "FROM continuumio/miniconda3\nENV CONDA_PKGS_DIRS=$A/p\nRUN conda env create -f e.yml\n"},
		{name: "go of a cloned project", text: "FROM golang\nRUN git clone -b v1 https://a/b .\nRUN go build -o /b .\n"},
		{name: "pip of a cloned project, before a copy", text: "FROM python\nRUN git clone https://a/b && pip install -r b/requirements.txt\nCOPY c d\n"},
		{name: "go with vendored modules", text: "FROM golang\nRUN go build -mod=vendor -o /a .\n"},
		{name: "go of a tool", text: "FROM golang\nRUN go install example.com/a@v1\n"},
		{name: "modules are copied", text: "FROM golang AS a\nRUN go mod download\nFROM golang\nCOPY --from=a /go/pkg /go/pkg\n"},
		{name: "maven", text: "FROM maven\nRUN mvn -B dependency:go-offline\nRUN mvn package\n", want: "2!"},
		{name: "maven, and then offline", text: "FROM maven\nRUN mvn -B dependency:go-offline\nRUN mvn -o package\n"},
		{name: "dotnet", text: "FROM mcr.microsoft.com/dotnet/sdk AS b\nRUN dotnet restore\nRUN dotnet publish\n", want: "2!"},
		{name: "dotnet, and then offline", text: "FROM mcr.microsoft.com/dotnet/sdk AS b\nRUN dotnet restore\nFROM b\nRUN dotnet publish --no-restore\n"},
		{name: "dotnet, offline in the same step", text: "FROM mcr.microsoft.com/dotnet/sdk AS b\nRUN dotnet restore && dotnet publish --no-restore\n", want: "2!"},
		{name: "cargo, and then offline", text: "FROM rust\nRUN cargo build\nCOPY src src\nRUN cargo build --locked --offline\n"},
		{name: "npm, and then offline", text: "FROM node\nRUN npm ci\nRUN npm ci --offline --omit=dev\n"},
		{name: "apt", text: "FROM debian AS b\nRUN apt-get update && apt-get install -y gcc\nFROM scratch\nCOPY --from=b /x /x\n", want: "2!"},
		{name: "apt with a flag", text: "FROM debian AS b\nRUN --network=default apt-get update && apt-get install -y gcc\nFROM scratch\nCOPY --from=b /x /x\n", want: "2!"},
		{name: "apt and the lists", text: "FROM debian AS b\nRUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\nFROM scratch\nCOPY --from=b /x /x\n"},
		{name: "apt in the result", text: "FROM debian\nRUN apt-get update && apt-get install -y gcc\n"},
		{name: "apt in what may be a result", text: "FROM debian AS dev\nRUN apt-get update && apt-get install -y gcc\nFROM debian\n"},
		{name: "apt in a stage that is copied whole", text: "FROM debian AS b\nRUN apt-get update && apt-get install -y gcc\nFROM scratch\nCOPY --from=b / /\n", want: "2"},
		{name: "downloads from another stage", text: "FROM a AS b\nFROM gradle\nCOPY --from=b /cache /home/gradle/.gradle\nRUN gradle build\n"},
		{name: "go that the image starts", text: "FROM golang\nRUN go mod download\nCMD [\"go\", \"run\", \".\"]\n"},
		{name: "go behind a script of the image", text: "FROM golang\nRUN go mod download\nENTRYPOINT [\"/start.sh\"]\n"},
		{name: "dotnet that the image starts", text: "FROM mcr.microsoft.com/dotnet/sdk\nRUN dotnet restore\nCMD dotnet watch run\n"},
		{name: "a program of dotnet", text: "FROM mcr.microsoft.com/dotnet/sdk\nRUN dotnet restore\nRUN dotnet build -o .\nCMD [\"dotnet\", \"a.dll\"]\n", want: "2!"},
		{name: "maven whose wrapper the image starts", text: "FROM maven\nRUN mvn package\nCMD [\"./mvnw\", \"spring-boot:run\"]\n"},
		{name: "gradle that the image starts in place of its wrapper", text: "FROM gradle\nRUN ./gradlew build\nCMD gradle bootRun\n"},
		{name: "go behind a runner of tasks", text: "FROM golang\nRUN go build -o /a .\nCMD [\"fresh\"]\n"},
		{name: "modules for the image", text: "FROM golang\nRUN go mod download\nCOPY . .\n"},
		{name: "modules for the image, with a tool", text: "FROM golang\nRUN go install example.com/a@v1\nCOPY go.mod .\nRUN go mod download\n"},
		{name: "modules for a stage that may be a result", text: "FROM golang AS dev\nRUN go mod download\nFROM alpine\n"},
		{name: "packages of maven for the image", text: "FROM maven\nRUN mvn -B dependency:go-offline\nCOPY src src\n"},
		{name: "packages of dotnet for the image", text: "FROM mcr.microsoft.com/dotnet/sdk\nRUN dotnet restore\nCOPY . .\n"},
		{name: "crates for the image", text: "FROM rust\nRUN cargo fetch\n"},
		{name: "modules and a build in one step", text: "FROM golang\nRUN go mod download && go build -o /a .\n", want: "2!"},
	})
}

func TestCachesOfNode(t *testing.T) {
	const node = "FROM node\nCOPY package.json yarn.lock pnpm-lock.yaml ./\n"
	berry := func(manifest, settings string) advice.Files {
		return advice.Files{"package.json": manifest, ".yarnrc.yml": settings}
	}
	v4 := `{"packageManager": "yarn@4.1.0"}`
	runCases(t, "InstallWithoutCacheMount", []checkCase{
		{name: "yarn", text: node + "RUN yarn --frozen-lockfile\n", want: "3!", files: with("yarn.lock", "")},
		{name: "yarn of corepack", text: node + "RUN corepack enable\nRUN yarn\n", want: "4!", files: with("package.json", `{"packageManager": "yarn@1.22.22"}`)},
		{name: "perhaps a later yarn", text: node + "RUN corepack enable\nRUN yarn\n"},
		{name: "perhaps a later yarn, by its settings", text: "FROM node\nCOPY .yarnrc.yml package.json ./\nRUN yarn\n"},
		{name: "a later yarn, by its option", text: node + "RUN yarn --immutable\n"},
		{name: "another yarn", text: node + "RUN yarn set version berry\nRUN yarn\n", files: with("yarn.lock", "")},
		{name: "yarn with another cache", text: node + "RUN yarn\n", want: "3", files: with(".yarnrc", "cache-folder \"/a\"\n")},
		{name: "yarn of another user", text: node + "USER node\nRUN yarn\n", want: "4", files: with("yarn.lock", "")},
		{name: "yarn of another folder", text: "FROM node\nCOPY web/package.json ./\nRUN yarn\n", want: "3", files: with("yarn.lock", "")},
		{name: "berry with modules", text: node + "RUN yarn --immutable\n", want: "3!", files: berry(v4, "nodeLinker: node-modules\n")},
		{name: "berry with modules, version 3", text: node + "RUN yarn\n", files: berry(`{"packageManager": "yarn@3.6.0"}`, "nodeLinker: node-modules\n")},
		{name: "berry without modules", text: node + "RUN yarn\n", files: berry(v4, "enableGlobalCache: true\n")},
		{name: "berry with links", text: node + "RUN yarn\n", files: berry(v4, "nodeLinker: node-modules\nnmMode: hardlinks-global\n")},
		{name: "berry with another cache", text: node + "RUN yarn\n", files: berry(v4, "nodeLinker: node-modules\ncacheFolder: ./c\n")},
		{name: "two managers in one step", text: "FROM node\nCOPY package.json requirements.txt ./\nRUN npm ci && pip install -r requirements.txt\n", want: "3! 3!"},
		{name: "two managers in one step, one with its cache", text: "FROM node\nCOPY package.json requirements.txt ./\nRUN --mount=type=cache,target=/root/.cache/pip npm ci && pip install -r requirements.txt\n", want: "3!"},
		{name: "two managers in one step, with an unknown cache", text: "FROM node\nCOPY package.json requirements.txt ./\nRUN --mount=type=cache,target=/x npm ci && pip install -r requirements.txt\n"},
		{name: "pnpm", text: node + "RUN pnpm i --frozen-lockfile\n", want: "3!", files: with("pnpm-lock.yaml", "")},
		{name: "pnpm of unknown files", text: node + "RUN pnpm i\n", want: "3"},
		{name: "pnpm with links", text: node + "RUN pnpm i\n", want: "3", files: with("pnpm-workspace.yaml", "enableGlobalVirtualStore: true\n")},
		{name: "pnpm with another store", text: node + "RUN pnpm i\n", want: "3", files: with(".npmrc", "store-dir=/a\n")},
		{name: "pnpm with a set store", text: node + "RUN pnpm config set store-dir /a\nRUN pnpm i\n", files: with("pnpm-lock.yaml", "")},
		{name: "old pnpm", text: node + "RUN npm i -g pnpm@6 && pnpm i\n", want: "3", files: with("pnpm-lock.yaml", "")},
		{name: "pnpm that needs the store", text: node + "RUN pnpm i\nRUN pnpm --filter a deploy /out\n", want: "3", files: with("pnpm-lock.yaml", "")},
	})
}

func TestCachesOfOthers(t *testing.T) {
	runCases(t, "InstallWithoutCacheMount", []checkCase{
		{name: "cargo", text: "FROM rust\nRUN cargo build --release\n", want: "2!"},
		{name: "cargo with a home", text: "FROM debian\nENV CARGO_HOME=/cargo\nRUN cargo fetch\nRUN cargo build\n", want: "3!"},
		{name: "cargo with an unknown home", text: "FROM debian\nENV CARGO_HOME=$A/cargo\nRUN cargo build\n"},
		{name: "cargo and make", text: "FROM rust\nRUN cargo fetch\nRUN make\n", want: "2"},
		{name: "cargo with copied sources", text: "FROM rust\nCOPY vendor vendor\nRUN cargo build\n"},
		{name: "gradle", text: "FROM gradle\nRUN gradle build\n", want: "2!"},
		{name: "gradle with a home", text: "FROM gradle\nENV GRADLE_USER_HOME=/cache\nRUN gradle build\n", want: "3!"},
		{name: "gradle of a user", text: "FROM gradle\nUSER gradle\nRUN gradle build\n", want: "3"},
		{name: "gradle with an option", text: "FROM gradle\nRUN gradle -g /cache build\n"},
		{name: "gradle after an unknown task", text: "FROM gradle\nRUN gradle downloadDependencies\nRUN gradle build\n"},
		{name: "gradle after its version", text: "FROM gradle\nRUN gradle --version\nRUN gradle build\n", want: "3!"},
		{name: "gradlew", text: "FROM openjdk\nRUN ./gradlew dependencies\nRUN ./gradlew bootJar\n", want: "2!"},
		{name: "mvnw", text: "FROM openjdk\nRUN ./mvnw package\n", want: "2!"},
		{name: "poetry", text: "FROM python\nRUN poetry install --no-root\n", want: "2!"},
		{name: "poetry with a variable", text: "FROM python\nENV POETRY_CACHE_DIR=/c\nRUN poetry install\n", want: "3!"},
		{name: "poetry with an option", text: "FROM python\nRUN poetry config cache-dir /c\nRUN poetry install\n"},
		{name: "uv", text: "FROM python\nENV UV_LINK_MODE=copy\nRUN uv sync\n", want: "3!"},
		{name: "uv with links", text: "FROM python\nENV UV_LINK_MODE=symlink\nRUN uv sync\n", want: "3"},
		{name: "uv with an option for links", text: "FROM python\nRUN uv sync --link-mode symlink\n", want: "2"},
		{name: "uv pip", text: "FROM python\nENV UV_LINK_MODE=copy\nRUN uv pip install --system -r requirements.txt\n", want: "3!"},
		{name: "uv pip without a cache", text: "FROM python\nRUN uv pip install -n -r requirements.txt\n"},
		{name: "uv without a cache", text: "FROM python\nRUN uv sync -qn\n"},
		{name: "uv pip to a folder", text: "FROM python\nRUN uv pip install -tlib -r requirements.txt\n"},
		{name: "uv pip of packages", text: "FROM python\nRUN uv pip install --system flask\n"},
		{name: "JSON form", text: "FROM node\nRUN [\"npm\", \"ci\"]\n", want: "2!"},
		{name: "JSON form without a cache", text: "FROM python\nRUN [\"pip\", \"install\", \"--no-cache-dir\", \"-r\", \"requirements.txt\"]\n"},
		{name: "conda", text: "FROM continuumio/miniconda3\nRUN conda env create -f e.yml\n", want: "2"},
		{name: "conda cleans", text: "FROM continuumio/miniconda3\nRUN conda env create -f e.yml && conda clean -afy\n"},
		{name: "conda with an option", text: "FROM continuumio/miniconda3\nRUN conda config --add pkgs_dirs /c\nRUN conda env create -f e.yml\n"},
		{name: "conda elsewhere", text: "FROM debian\nRUN conda env create -f e.yml\n"},
		{name: "bundle", text: "FROM ruby\nRUN bundle install\n", want: "2!"},
		{name: "bundle with a path", text: "FROM ruby\nENV BUNDLE_PATH=/gems\nRUN bundle install\n"},
		{name: "bundle with an option", text: "FROM ruby\nRUN bundle config set deployment true\nRUN bundle install\n"},
		{name: "bundle of another image", text: "FROM debian\nRUN bundle install\n"},
		{name: "composer", text: "FROM composer\nRUN composer install\n", want: "2!"},
		{name: "composer with a variable", text: "FROM php\nENV COMPOSER_CACHE_DIR=/c\nRUN composer install\n", want: "3!"},
		{name: "composer of another image", text: "FROM php\nRUN composer install\n", want: "2"},
		{name: "mix", text: "FROM elixir\nRUN mix deps.get --only prod\n", want: "2!"},
		{name: "mix with a home", text: "FROM elixir\nENV HEX_HOME=/hex\nRUN mix deps.get\n", want: "3!"},
		{name: "another home", text: "FROM elixir\nENV HOME=/home/a\nRUN mix deps.get\n", want: "3"},
	})
}

// The fix mounts the directory of each package manager.
func TestTargets(t *testing.T) {
	for name, c := range map[string]struct{ text, mounts string }{
		"yarn":   {"FROM node\nCOPY . .\nRUN yarn\n", "/usr/local/share/.cache/yarn,sharing=locked"},
		"moved":  {"FROM node\nENV YARN_CACHE_FOLDER=/c/\nCOPY . .\nRUN yarn\n", "/c,sharing=locked"},
		"pnpm":   {"FROM node\nENV PNPM_HOME=/pnpm\nCOPY . .\nRUN pnpm i\n", "/pnpm/store"},
		"home":   {"FROM node\nCOPY . .\nRUN pnpm i\n", "/root/.local/share/pnpm/store"},
		"cargo":  {"FROM rust\nRUN cargo build\n", "/usr/local/cargo/registry,sharing=locked /usr/local/cargo/git/db,sharing=locked"},
		"debian": {"FROM debian\nRUN cargo build\n", "/root/.cargo/registry,sharing=locked /root/.cargo/git/db,sharing=locked"},
		"gradle": {"FROM gradle\nENV GRADLE_USER_HOME=/g\nRUN ./gradlew build\n", "/g/caches,sharing=locked /g/wrapper,sharing=locked"},
		"mvnw":   {"FROM maven\nRUN ./mvnw package\n", "/root/.m2/repository /root/.m2/wrapper"},
		"poetry": {"FROM python\nRUN poetry install\n", "/root/.cache/pypoetry/cache,sharing=locked /root/.cache/pypoetry/artifacts,sharing=locked"},
		"bundle": {"FROM ruby\nRUN bundle install\n", "/usr/local/bundle/cache,sharing=locked"},
		"php":    {"FROM composer\nRUN composer install\n", "/tmp/cache"},
		"mix":    {"FROM elixir\nRUN mix deps.get\n", "/root/.hex/packages"},
	} {
		fixed := fixedText(t, "InstallWithoutCacheMount", checkCase{text: c.text, files: with("yarn.lock", "")})
		mounts := "--mount=type=cache,target=" + strings.ReplaceAll(c.mounts, " ", " --mount=type=cache,target=")
		if want := strings.Replace(c.text, "RUN ", "RUN "+mounts+" ", 1); fixed != want {
			t.Errorf("%s: %s, want %s", name, fixed, want)
		}
	}
}

// If the directory is not certain, the hint says what to do.
func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"FROM node\nUSER node\nRUN npm ci\n":                                   "add --mount=type=cache with the uid of the user, and the full path of ~/.npm as target",
		"FROM golang\nENV GOPATH=$A/go\nRUN go build -o /a .\n":                "add --mount=type=cache,target=$GOPATH/pkg/mod --mount=type=cache,target=/root/.cache/go-build",
		"FROM continuumio/miniconda3\nUSER u\nRUN conda env create -f e.yml\n": "add --mount=type=cache with the uid of the user, and /opt/conda/pkgs as target",
		"FROM php\nRUN composer install\n":                                     "set COMPOSER_CACHE_DIR=/tmp/cache and add --mount=type=cache,target=/tmp/cache",
		"FROM debian\nRUN go build -o /a .\n":                                  "add --mount=type=cache,target=/root/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build",
		"FROM continuumio/miniconda3\nRUN conda env create -f e.yml\n":         "add --mount=type=cache,target=/opt/conda/pkgs",
	} {
		found := onlyOf("InstallWithoutCacheMount", adviceOf(t, checkCase{}.difftest(text), nil))
		if len(found) != 1 || found[0].Hint != want {
			t.Errorf("%s: %+v, want %s", text, found, want)
		}
	}
}
