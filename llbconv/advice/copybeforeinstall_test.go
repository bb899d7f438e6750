package advice_test

import (
	"testing"

	"github.com/stratabuild/strata/llbconv/advice"
)

const (
	inNode   = "FROM node\nWORKDIR /app\n"
	inPython = "FROM python\nWORKDIR /app\n"
)

// with returns the manifests of a project, and another file.
func with(name, content string) advice.Files {
	return advice.Files{"package.json": "{}", "package-lock.json": "", "requirements.txt": "flask\n", name: content}
}

func TestCopyBeforeInstallOfNode(t *testing.T) {
	npm := with("src/a.js", "")
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "npm ci", text: inNode + "COPY . .\nRUN npm ci\nCMD [\"x\"]\n", want: "3"},
		{name: "with the files", text: inNode + "# all\nCOPY . .\nRUN npm ci\nCMD [\"x\"]\n", want: "4!", files: npm},
		{name: "into a path", text: "FROM node\nCOPY --chown=1:1 ./ /app\nWORKDIR /app\nRUN npm ci\n", want: "2!", files: npm},
		{name: "a lock that may change", text: inNode + "COPY . .\nRUN npm install\n", want: "3", files: npm},
		{name: "a lock that may change, as a fallback", text: inNode + "COPY . .\nRUN npm ci || npm install\n", want: "3", files: npm},
		{name: "a lock of yarn, which npm updates", text: inNode + "COPY . .\nRUN npm ci\n", want: "3", files: with("yarn.lock", "")},
		{name: "ADD", text: inNode + "ADD . /app\nRUN yarn\n", want: "3"},
		{name: "and a build", text: inNode + "COPY . .\nRUN npm ci && npm run build\n", want: "3", files: npm},
		{name: "manifests first", text: inNode + "COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"},
		{name: "installed twice", text: inNode + "COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build && npm ci --omit=dev\n"},
		{name: "installed below", text: "FROM node AS d\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nFROM d\nCOPY . .\nRUN npm ci --omit=dev\n"},
		{name: "a script between", text: inNode + "COPY . .\nRUN ./configure\nRUN npm ci\n"},
		{name: "packages between", text: inNode + "COPY . .\nRUN apk add --no-cache git\nENV A=b\nRUN npm ci\n", want: "3!", files: npm},
		{name: "elsewhere", text: inNode + "COPY . /src\nRUN npm ci\n"},
		{name: "in a directory", text: inNode + "COPY . .\nRUN cd web && npm ci\n", want: "3", files: advice.Files{"web/package.json": "{}", "web/package-lock.json": ""}},
		{name: "no manifest", text: inNode + "COPY . .\nRUN npm ci\n", files: advice.Files{"a.js": ""}},
		{name: "a workspace", text: inNode + "COPY . .\nRUN npm ci\n", files: with("package.json", `{"workspaces": ["a"]}`)},
		{name: "a workspace, by its use", text: inNode + "COPY . .\nRUN pnpm install\nRUN pnpm --filter web build\n"},
		{name: "a workspace, by a comment", text: inNode + "COPY . .\n# at the root of the monorepo\nRUN npm ci\n"},
		{name: "an install script, by its name", text: inNode + "COPY . .\nRUN npm ci\nRUN npm run postinstall\n"},
		{name: "an install script of sources", text: inNode + "COPY public public\nCOPY package.json .\nRUN npm install\nRUN yarn prepare\n"},
		{name: "one of several packages", text: inNode + "COPY . .\nRUN npm ci\nARG P\nWORKDIR /app/$P\n"},
		{name: "a script of the package", text: inNode + "COPY . .\nRUN npm ci\n", files: with("package.json", `{"scripts": {"prepare": "tsc"}}`)},
		{name: "a package in a file", text: inNode + "COPY . .\nRUN npm ci\n", files: with("package.json", `{"dependencies": {"a": "file:./a"}}`)},
		{name: "not JSON", text: inNode + "COPY . .\nRUN npm ci\n", files: with("package.json", `{`)},
		{name: "modules in the context", text: inNode + "COPY . .\nRUN npm ci\n", want: "3", files: with("node_modules/a", "")},
		{name: "a package", text: inNode + "COPY . .\nRUN npm install express\n"},
		{name: "a tool", text: inNode + "COPY . .\nRUN npm install -g serve\n", want: "3!"},
		{name: "manifests in a mount", text: inNode + "COPY . .\nRUN --mount=type=bind,source=package.json,target=package.json npm ci\n"},
		{name: "of a stage", text: inNode + "COPY --from=x . .\nRUN npm ci\n"},
		{name: "a directory", text: inNode + "COPY web .\nRUN npm ci\n"},
	})
}

func TestCopyBeforeInstall(t *testing.T) {
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "pip", text: inPython + "COPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n", want: "3!", files: with("a.py", "")},
		{name: "pip of a project", text: inPython + "COPY . .\nRUN pip install .\n"},
		{name: "uv pip", text: inPython + "COPY . .\nRUN uv pip install --system -p 3.12 -r requirements.txt\n", want: "3!", files: with("a.py", "")},
		{name: "uv pip of a project", text: inPython + "COPY . .\nRUN uv pip install -r pyproject.toml\n", files: with("pyproject.toml", "")},
		{name: "uv pip with a list of another kind", text: inPython + "COPY . .\nRUN uv pip install --override o.txt -r requirements.txt\n", files: with("a.py", "")},
		{name: "pip of a group", text: inPython + "COPY . .\nRUN pip install --group dev\n", files: with("pyproject.toml", "")},
		{name: "two lists", text: inPython + "COPY . .\nRUN pip install -r requirements.txt && pip install -r dev-requirements.txt\n", files: with("dev-requirements.txt", "")},
		{name: "two managers", text: inPython + "COPY . .\nRUN npm ci && pip install -r requirements.txt\n", files: with("a.py", "")},
		{name: "the same list twice", text: inPython + "COPY . .\nRUN pip install -r requirements.txt || pip install -r requirements.txt\n", want: "3!", files: with("a.py", "")},
		{name: "a list of constraints for a tool", text: inPython + "COPY . .\nRUN pip install -c constraints.txt wheel && pip install -r requirements.txt\n", files: with("constraints.txt", "")},
		{name: "a variable of a tool", text: inPython + "COPY . .\nRUN PIP_CONSTRAINT=constraints.txt pip install wheel && pip install -r requirements.txt\n", files: with("constraints.txt", "")},
		{name: "an exported variable", text: inPython + "COPY . .\nRUN export PIP_CONSTRAINT=constraints.txt && pip install -r requirements.txt\n", files: with("constraints.txt", "")},
		{name: "a variable with another directory", text: inPython + "ENV PIP_FIND_LINKS=/wheels PIP_INDEX_URL=https://a/simple\nCOPY . .\nRUN pip install -r requirements.txt\n", want: "4!", files: with("a.py", "")},
		{name: "a variable with a part of the directory", text: inPython + "ENV PIP_FIND_LINKS=\"https://a /app/wheels\"\nCOPY . .\nRUN pip install -r requirements.txt\n", files: with("a.py", "")},
		{name: "a variable with an unknown index", text: inPython + "ARG INDEX\nENV PIP_INDEX_URL=$INDEX\nCOPY . .\nRUN pip install -r requirements.txt\n", want: "5!", files: with("a.py", "")},
		{name: "a variable with a local index", text: inPython + "ENV PIP_INDEX_URL=file:///app/simple\nCOPY . .\nRUN pip install -r requirements.txt\n", files: with("a.py", "")},
		{name: "a certificate", text: inPython + "COPY . .\nRUN pip install --cert ca.pem -r requirements.txt\n", files: with("a.py", "")},
		{name: "a local index", text: inPython + "COPY . .\nRUN uv pip install --index ./simple -r requirements.txt\n", files: with("a.py", "")},
		{name: "a local package without a dot", text: inPython + "COPY . .\nRUN pip install -r requirements.txt\n", files: with("requirements.txt", "flask\nwheels/a-1.0-py3-none-any.whl\n")},
		{name: "a package at a URL", text: inPython + "COPY . .\nRUN pip install -r requirements.txt\n", want: "3!", files: with("requirements.txt", "a @ https://b/c/a-1.0-py3-none-any.whl\n")},
		{name: "an owner of the directory", text: "FROM python\nCOPY --chown=1000 . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\n", want: "2!", files: with("a.py", "")},
		{name: "uv pip with settings", text: inPython + "COPY . .\nRUN uv pip install -r requirements.txt\n", want: "3!", files: with("uv.toml", "index-url = \"https://a/simple\"\n")},
		{name: "uv pip with local packages", text: inPython + "COPY . .\nRUN uv pip install -r requirements.txt\n", files: with("pyproject.toml", "[tool.uv]\nfind-links = [\"./wheels\"]\n")},
		{name: "uv pip with a local index", text: inPython + "COPY . .\nRUN uv pip install -r requirements.txt\n", files: with("uv.toml", "[[index]]\nurl = \"./index\"\n")},
		{name: "uv pip with a list in a variable", text: inPython + "ENV UV_CONSTRAINT=/app/c.txt\nCOPY . .\nRUN uv pip install -r requirements.txt\n", files: with("c.txt", "")},
		{name: "pip with a list in a variable of the command", text: inPython + "COPY . .\nRUN PIP_CONSTRAINT=c.txt pip install -r requirements.txt\n", files: with("c.txt", "")},
		{name: "pip with joined options", text: inPython + "COPY . .\nRUN pip install -qqrrequirements.txt\n", files: with("a.py", "")},
		{name: "pip with a joined list", text: inPython + "COPY . .\nRUN pip install -rrequirements.txt -qq -cconstraints.txt\n", want: "3!", files: with("constraints.txt", "")},
		{name: "pip of a project by a joined option", text: inPython + "COPY . .\nRUN pip install -e. -r requirements.txt\n", files: with("a.py", "")},
		{name: "pip of a project before", text: inPython + "COPY . .\nRUN pip install -e. && pip install -r requirements.txt\n", files: with("a.py", "")},
		{name: "uv pip with a value", text: inPython + "COPY . .\nRUN uv pip install -P flask --config-settings a=b -r requirements.txt\n", want: "3!", files: with("a.py", "")},
		{name: "JSON form", text: inPython + "COPY . .\nRUN [\"pip\", \"install\", \"-r\", \"requirements.txt\"]\n", want: "3!", files: with("a.py", "")},
		{name: "pip of an editable project", text: inPython + "COPY . .\nRUN pip install -e . -r requirements.txt\n"},
		{name: "pip and a project", text: inPython + "COPY . .\nRUN pip install -r requirements.txt .\n"},
		{name: "requirements with a project", text: inPython + "COPY . .\nRUN pip install -r requirements.txt\n", files: with("requirements.txt", "-e .\n")},
		{name: "requirements of another file", text: inPython + "COPY . .\nRUN pip install -r requirements.txt\n", files: with("requirements.txt", "-r base.txt\n")},
		{name: "pip with an index", text: inPython + "COPY . .\nRUN python3 -m pip install -i https://a/simple -r requirements.txt\n", want: "3"},
		{name: "poetry", text: inPython + "COPY . .\nRUN poetry install --no-root\n", want: "3"},
		{name: "poetry with the files", text: inPython + "COPY . .\nRUN poetry install --no-root\n", want: "3!", files: with("pyproject.toml", "[project]\nlicense = {file = \"LICENSE\"}\n")},
		{name: "poetry with a dependency in a directory", text: inPython + "COPY . .\nRUN poetry install --no-root\n", files: with("pyproject.toml", "a = {path=\"./a\", develop=true}\n")},
		{name: "poetry with a dependency by its URL", text: inPython + "COPY . .\nRUN poetry install --no-root\n", files: with("pyproject.toml", "dependencies = [\"a @ file:///app/a\"]\n")},
		{name: "uv", text: inPython + "COPY . .\nRUN uv sync --no-install-project\n", want: "3", files: with("pyproject.toml", "[project]\n")},
		{name: "uv with a dependency in a directory", text: inPython + "COPY . .\nRUN uv sync --no-install-project\n", files: with("pyproject.toml", "a = { path = \"a\" }\n")},
		{name: "uv with a workspace", text: inPython + "COPY . .\nRUN uv sync --no-install-workspace\n", files: with("pyproject.toml", "[tool.uv.workspace]\n")},
		{name: "pipenv", text: inPython + "COPY . .\nRUN pipenv install --deploy --system\n", want: "3!", files: with("Pipfile", "flask = \"*\"\n")},
		{name: "pipenv with the project", text: inPython + "COPY . .\nRUN pipenv install --deploy --system\n", files: with("Pipfile", "app = {path = \".\", editable = true}\n")},
		{name: "composer", text: "FROM composer\nCOPY . .\nRUN composer install --no-scripts --no-autoloader\n", want: "2", files: with("composer.json", "{}")},
		{name: "composer with a library in a directory", text: "FROM composer\nCOPY . .\nRUN composer install --no-scripts --no-autoloader\n", files: with("composer.json", `{"repositories": [{"type": "path", "url": "lib/*"}]}`)},
		{name: "mix", text: "FROM elixir\nCOPY . .\nRUN mix deps.get\n", want: "2", files: with("mix.exs", "{:phoenix, \"~> 1.7\"}\n")},
		{name: "mix with several apps", text: "FROM elixir\nCOPY . .\nRUN mix deps.get\n", files: with("mix.exs", "apps_path: \"apps\",\n")},
		{name: "go", text: "FROM golang\nCOPY . .\nRUN go mod download\nRUN go build\n", want: "2!", files: advice.Files{"go.mod": "module a\n", "go.sum": ""}},
		{name: "go with a local module", text: "FROM golang\nCOPY . .\nRUN go mod download\n", files: advice.Files{"go.mod": "replace a => ./a\n"}},
		{name: "go build", text: "FROM golang\nCOPY . .\nRUN go build\n"},
		{name: "bundle", text: "FROM ruby\nCOPY . .\nRUN bundle install\n", want: "2!", files: advice.Files{"Gemfile": "gem 'rails'\n", "Gemfile.lock": "PLATFORMS\n  x86_64-linux\n"}},
		{name: "bundle of another platform", text: "FROM ruby\nCOPY . .\nRUN bundle install\n", want: "2", files: advice.Files{"Gemfile": "", "Gemfile.lock": "PLATFORMS\n  arm64-darwin-23\n"}},
		{name: "bundle of a gem", text: "FROM ruby\nCOPY . .\nRUN bundle install\n", files: advice.Files{"Gemfile": "gemspec\n", "Gemfile.lock": ""}},
		{name: "maven", text: "FROM maven\nCOPY . .\nRUN mvn dependency:go-offline\n", want: "2!", files: advice.Files{"pom.xml": "<project/>"}},
		{name: "maven with modules", text: "FROM maven\nCOPY . .\nRUN mvn dependency:go-offline\n", files: advice.Files{"pom.xml": "<modules>"}},
		{name: "dotnet", text: "FROM mcr.microsoft.com/dotnet/sdk\nCOPY . .\nRUN dotnet restore\n", want: "2", files: advice.Files{"a.csproj": ""}},
		{name: "dotnet with projects", text: "FROM mcr.microsoft.com/dotnet/sdk\nCOPY . .\nRUN dotnet restore\n", files: advice.Files{"a/a.csproj": "", "b/b.csproj": ""}},
	})
}

func TestCopyBeforeProject(t *testing.T) {
	poetry := with("pyproject.toml", "[tool.poetry]\n")
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "poetry", text: inPython + "COPY . .\nRUN poetry install --without dev\n", want: "3", files: poetry},
		{name: "poetry in unknown files", text: inPython + "COPY . .\nRUN pip install -q poetry && python -m poetry install\n", want: "3"},
		{name: "poetry in a directory", text: inPython + "COPY . .\nWORKDIR api\nRUN poetry install\n", want: "3", files: with("api/pyproject.toml", "")},
		{name: "uv", text: inPython + "COPY . .\nRUN uv sync --frozen && uv cache clean\n", want: "3", files: with("pyproject.toml", "[project]\n")},
		{name: "composer", text: "FROM composer\nCOPY . .\nRUN composer install --no-dev\n", want: "2", files: with("composer.json", "{}")},
		{name: "no manifest", text: inPython + "COPY . .\nRUN uv sync\n", files: with("a.py", "")},
		{name: "a workspace", text: inPython + "COPY . .\nRUN uv sync\n", files: with("pyproject.toml", "[tool.uv.workspace]\n")},
		{name: "a dependency in a directory", text: inPython + "COPY . .\nRUN poetry install\n", files: with("pyproject.toml", "a = { path = \"../a\" }\n")},
		{name: "a dependency in a directory, without blanks", text: inPython + "COPY . .\nRUN poetry install\n", files: with("pyproject.toml", "a = {path=\"../a\"}\n")},
		{name: "only the project", text: inPython + "COPY . .\nRUN poetry install --only-root\n"},
		{name: "a command", text: inPython + "COPY . .\nRUN poetry run install\n"},
		{name: "elsewhere", text: inPython + "COPY . /src\nRUN uv sync\n"},
		{name: "after another command", text: inPython + "COPY . .\nRUN make && uv sync\n"},
		{name: "dependencies before", text: inPython + "COPY pyproject.toml poetry.lock .\nRUN poetry install --no-root\nCOPY . .\nRUN poetry install\n"},
		{name: "manifests in a mount", text: inPython + "COPY . .\nRUN --mount=source=uv.lock,target=uv.lock uv sync\n"},
	})
}

func TestCopyBeforeInstallOfRust(t *testing.T) {
	const text = "FROM rust\nCOPY . .\nRUN cargo fetch --locked\nRUN cargo build --release\n"
	cargo := func(tables string) advice.Files {
		return advice.Files{"Cargo.toml": "[package]\nname = \"a\"\n" + tables, "Cargo.lock": ""}
	}
	const target = "[[bin]]\nname = \"a\"\npath = \"src/main.rs\"\n"
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "a target with a path", text: text, want: "2!", files: cargo(target + "[dependencies]\nserde = \"1\"\n")},
		{name: "a platform", text: "FROM rust\nCOPY . .\nRUN cargo fetch --locked --target x86_64-unknown-linux-musl\n", want: "2!", files: cargo(target)},
		{name: "a lock that may change", text: "FROM rust\nCOPY . .\nRUN cargo fetch\n", want: "2", files: cargo(target)},
		{name: "no target", text: text, want: "2", files: cargo("")},
		{name: "a target that is looked for", text: text, files: cargo(target + "[[bench]]\nname = \"b\"\n")},
		{name: "a workspace", text: text, files: cargo(target + "[workspace]\nmembers = [\"b\"]\n")},
		{name: "a dependency in a directory", text: text, files: cargo(target + "[dependencies]\nb = { path = \"b\" }\n")},
		{name: "settings", text: text, files: advice.Files{"Cargo.toml": target, ".cargo/config.toml": ""}},
		{name: "unknown files", text: text},
		{name: "a build", text: "FROM rust\nCOPY . .\nRUN cargo build --release\n", files: cargo(target)},
		{name: "a recipe", text: "FROM rust\nCOPY . .\nRUN cargo chef prepare\n", files: cargo(target)},
		{name: "sources", text: "FROM rust\nWORKDIR /a\nCOPY src ./src\nCOPY Cargo.* ./\nRUN cargo fetch --locked\n", want: "3!", files: cargo(target)},
		{name: "sources with the target", text: "FROM rust\nWORKDIR /a\nCOPY src ./src\nCOPY Cargo.* ./\nRUN cargo fetch --locked\n", files: cargo("")},
	})
	found := onlyOf("CopyBeforeInstall", adviceOf(t, checkCase{}.difftest(text), cargo("")))
	const hint = "copy Cargo.toml and Cargo.lock with an empty src/main.rs first, run cargo fetch, then copy the rest"
	if len(found) != 1 || found[0].Hint != hint {
		t.Errorf("%+v, want %s", found, hint)
	}
}

func TestCopyBeforeInstallOfGradle(t *testing.T) {
	const text = "FROM gradle\nWORKDIR /app\nCOPY --chown=1:1 . .\nRUN ./gradlew dependencies --no-daemon\nRUN ./gradlew bootJar\n"
	plain := advice.Files{"build.gradle.kts": "plugins { java }\n", "src/A.java": ""}
	wrapper := func(name, content string) advice.Files {
		return advice.Files{"build.gradle": "plugins { id 'java' }\n", "settings.gradle": "", "gradlew": "", "gradle/libs.versions.toml": "", "gradle/wrapper/gradle-wrapper.jar": "", name: content}
	}
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "the wrapper", text: text, want: "3!", files: wrapper("a", "")},
		{name: "no wrapper", text: text, files: plain},
		{name: "gradle", text: "FROM gradle\nCOPY . .\nRUN gradle dependencies || true\n", want: "2!", files: plain},
		{name: "modules", text: text, files: wrapper("settings.gradle", "include 'app'\n")},
		{name: "a build in the build", text: text, files: wrapper("buildSrc/build.gradle", "")},
		{name: "another script", text: text, files: wrapper("build.gradle", "apply from: 'a.gradle'\n")},
		{name: "a version in a file", text: text, files: wrapper("build.gradle", "version = file('VERSION').text\n")},
		{name: "state in the context", text: text, want: "3", files: wrapper(".gradle/a", "")},
		{name: "locks", text: "FROM gradle\nCOPY . .\nRUN gradle dependencies --write-locks\n", want: "2", files: plain},
		{name: "a module", text: "FROM gradle\nCOPY . .\nRUN gradle :app:dependencies\n", files: plain},
		{name: "a build", text: "FROM gradle\nCOPY . .\nRUN gradle build\n", files: plain},
		{name: "unknown files", text: text},
		{name: "a mode between", text: "FROM gradle\nCOPY . .\nRUN chmod +x gradlew\nRUN ./gradlew dependencies\n", want: "2", files: wrapper("a", "")},
		{name: "sources", text: "FROM gradle\nWORKDIR /a\nCOPY src src\nCOPY *.kts ./\nRUN gradle dependencies\n", want: "3!", files: plain},
	})
	got := fixedText(t, "CopyBeforeInstall", checkCase{text: text, files: wrapper("a", "")})
	want := "FROM gradle\nWORKDIR /app\nCOPY --chown=1:1 build.gradle settings.gradle gradlew ./\nCOPY --chown=1:1 gradle/ ./gradle/\nRUN ./gradlew dependencies --no-daemon\nCOPY --chown=1:1 . .\nRUN ./gradlew bootJar\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRequirementsByPath(t *testing.T) {
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "below the copy", text: "FROM python\nCOPY . /app\nRUN pip install -r /app/requirements.txt\n", want: "2!", files: with("a.py", "")},
		{name: "in the working directory", text: inPython + "COPY . .\nRUN pip install -r /app/requirements.txt\n", want: "3!", files: with("a.py", "")},
		{name: "in unknown files", text: "FROM python\nCOPY . /app\nRUN pip install -r /app/requirements.txt\n", want: "2"},
		{name: "with constraints", text: inPython + "COPY . .\nRUN pip install -r /app/requirements.txt -c constraints.txt\n", want: "3!", files: with("constraints.txt", "")},
		{name: "in a directory", text: "FROM python\nCOPY . /app\nRUN pip install -r /app/req/requirements.txt\n", files: with("req/requirements.txt", "")},
		{name: "elsewhere", text: "FROM python\nCOPY . /app\nRUN pip install -r /tmp/requirements.txt\n", files: with("a.py", "")},
		{name: "of another stage", text: "FROM python\nCOPY --from=a /r.txt /r.txt\nCOPY . /app\nRUN pip install -r /r.txt\n"},
		{name: "by its name", text: inPython + "COPY requirements.txt /tmp/\nCOPY src src\nRUN pip install -r /tmp/requirements.txt\n", want: "4!", files: with("src/a.py", "")},
		{name: "by a URL", text: inPython + "COPY . .\nRUN pip install -r https://a/requirements.txt\n"},
	})
}

// A copy with empty lines around it also has them where it is moved, and leaves none
// behind.
func TestMovedCopiesStandApart(t *testing.T) {
	for text, want := range map[string]string{
		"COPY . .\n\nRUN npm ci\nCMD [\"x\"]\n":                                 "COPY package.json package-lock.json ./\n\nRUN npm ci\n\nCOPY . .\nCMD [\"x\"]\n",
		"COPY . .\n\nRUN apk add --no-cache git\n\nCMD [\"x\"]\n":               "RUN apk add --no-cache git\n\nCOPY . .\n\nCMD [\"x\"]\n",
		"# all\nCOPY . .\n\nRUN apk add --no-cache git\n":                       "RUN apk add --no-cache git\n\n# all\nCOPY . .\n",
		"COPY package*.json ./\n\nCOPY src src\n\nRUN npm ci\nRUN a\n":          "COPY package*.json ./\n\nRUN npm ci\n\nCOPY src src\nRUN a\n",
		"COPY src src\n\nCOPY lib lib\n\nRUN apk add --no-cache git\n\nRUN a\n": "RUN apk add --no-cache git\n\nCOPY src src\n\nCOPY lib lib\n\nRUN a\n",
		"COPY package*.json ./\nCOPY src src\n\nRUN npm ci\nRUN a\n":            "COPY package*.json ./\n\nRUN npm ci\nCOPY src src\nRUN a\n",
	} {
		got := fixedText(t, "CopyBeforeInstall", checkCase{text: inNode + "\n" + text, files: with("src/a.js", "")})
		if want = inNode + "\n" + want; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// The fix keeps the flags of the copy, comments and blank lines.
func TestManifestsAreCopiedFirst(t *testing.T) {
	got := fixedText(t, "CopyBeforeInstall", checkCase{
		text: inNode + "# the sources\nCOPY --chown=node:node . .\n\n# install\nRUN npm ci\n# start\nCMD [\"x\"]\n", files: with("src/a.js", ""),
	})
	want := inNode + "# the sources\nCOPY --chown=node:node package.json package-lock.json ./\n\n# install\nRUN npm ci\nCOPY --chown=node:node . .\n# start\nCMD [\"x\"]\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSourcesBeforeInstall(t *testing.T) {
	const manifests = "COPY package*.json ./\n"
	npm := with("src/a.js", "")
	runCases(t, "CopyBeforeInstall", []checkCase{
		{name: "a directory", text: inNode + "COPY src ./src\n" + manifests + "RUN npm ci\n", want: "3"},
		{name: "with the files", text: inNode + "COPY src ./src\n" + manifests + "RUN npm ci\n", want: "3!", files: npm},
		{name: "behind the manifests", text: inNode + manifests + "COPY src/ src/\nCOPY public /app/public\nRUN npm ci\n", want: "4!", files: npm},
		{name: "with the manifests", text: inNode + "COPY src/ package.json package-lock.json ./\nRUN npm ci\n", want: "3!", files: npm},
		{name: "files with the manifests", text: inNode + "COPY package.json server.js ./\nRUN npm install\n", want: "3", files: npm},
		{name: "and a build", text: inNode + manifests + "COPY src src\nRUN npm ci && npm run build\n", want: "4", files: npm},
		{name: "perhaps for a build", text: inNode + manifests + "COPY tsconfig.json ./\nCOPY src src\nRUN npm ci\n"},
		{name: "for a build of the package", text: inNode + manifests + "COPY src src\nRUN npm ci\n", files: with("package.json", `{"scripts": {"prepare": "tsc"}}`)},
		{name: "not for a build of the package", text: inNode + manifests + "COPY tsconfig.json ./\nCOPY src src\nRUN npm ci\n", want: "5!", files: npm},
		{name: "a project in a directory", text: inNode + "COPY app /app\nRUN npm ci\n"},
		{name: "manifests in the directory", text: inNode + "COPY app ./\nCOPY package.json /other/\nRUN npm ci\n"},
		{name: "of a directory", text: inNode + "COPY web/src ./src\nCOPY web/package*.json ./\nRUN npm ci\n", want: "3!", files: advice.Files{"web/package.json": "{}", "web/package-lock.json": ""}},
		{name: "of another directory", text: inNode + "COPY src ./src\nCOPY web/package*.json ./\nRUN npm ci\n"},
		{name: "after another step", text: inNode + "RUN rm -r /tmp/*\nCOPY src src\n" + manifests + "RUN npm ci\n", want: "4!", files: npm},
		{name: "used by a step", text: inNode + "COPY src src\n" + manifests + "RUN node src/a.js\nRUN npm ci\n"},
		{name: "other files", text: inNode + "COPY scripts ./scripts\nCOPY lib lib\n" + manifests + "RUN npm ci\n"},
		{name: "scripts of the package", text: inNode + "COPY package.json patch.js build.ts ./\nRUN npm ci\n"},
		{name: "no scripts of the package", text: inNode + "COPY package.json package-lock.json db.js build.ts ./\nRUN npm ci\n", want: "3!", files: npm},
		{name: "perhaps packages", text: inNode + "COPY client ./client\nCOPY server ./server\n" + manifests + "RUN npm install\n"},
		{name: "after the install", text: inNode + manifests + "RUN npm ci\nCOPY src src\n"},
		{name: "between two installs", text: inNode + manifests + "RUN npm ci\nCOPY src src\nRUN npm ci --omit=dev\n"},
		{name: "a copy over the sources", text: inNode + "COPY src src\n" + manifests + "COPY --from=a /gen src/gen\nRUN npm ci\n", want: "3", files: npm},
		{name: "a copy of a stage", text: inNode + "COPY --from=a /src src\n" + manifests + "RUN npm ci\n"},
		{name: "an owner with a variable", text: inNode + "ARG U=1\nCOPY --chown=$U src src\n" + manifests + "RUN npm ci\n", want: "4", files: npm},
		{name: "pip", text: inPython + "COPY app ./app\nCOPY requirements.txt main.py ./\nRUN pip install --no-cache-dir -r requirements.txt\n", want: "3!", files: with("app/a.py", "")},
		{name: "requirements in the sources", text: inPython + "COPY app ./app\nRUN pip install -r app/requirements.txt\n"},
		{name: "requirements that name the sources", text: inPython + "COPY src ./src\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n", files: with("requirements.txt", "-e ./src\n")},
		{name: "maven", text: "FROM maven\nWORKDIR /a\nCOPY src src\nCOPY pom.xml .\nRUN mvn dependency:go-offline\n", want: "3"},
		{name: "dotnet", text: "FROM mcr.microsoft.com/dotnet/sdk\nWORKDIR /a\nCOPY src src\nCOPY a.csproj .\nRUN dotnet restore\n"},
		{name: "go", text: "FROM golang\nWORKDIR /a\nCOPY main.go go.mod go.sum ./\nRUN go mod download && go build\n", want: "3"},
		{name: "mix", text: "FROM elixir\nWORKDIR /a\nCOPY lib lib\nCOPY mix.exs mix.lock ./\nRUN mix deps.get\n", want: "3"},
	})
}

// The fix moves copies of sources behind the install, and repeats copies that also
// have manifests.
func TestSourcesAreCopiedLater(t *testing.T) {
	got := fixedText(t, "CopyBeforeInstall", checkCase{
		text:  inNode + "COPY --chown=node:node src/ \\\n  ./src\nCOPY --link package*.json server.js ./\nENV A=b\n\n# install\nRUN npm ci\nCMD [\"x\"]\n",
		files: with("src/a.js", ""),
	})
	want := inNode + "COPY --link package*.json ./\nENV A=b\n\n# install\nRUN npm ci\nCOPY --chown=node:node src/ \\\n  ./src\nCOPY --link package*.json server.js ./\nCMD [\"x\"]\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
