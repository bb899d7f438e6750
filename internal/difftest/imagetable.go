package difftest

// commonImageTable holds the images that every case can use, with any tag. Images of docker.io/library have their short
// name. The names of images under test/ describe their special config.
const commonImageTable = `
alpine: {"created":"2025-02-14T03:28:36Z","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["/bin/sh"],"WorkingDir":"/"},"history":[{"created":"2025-02-14T03:28:36Z","created_by":"ADD alpine-minirootfs.tar.gz / # buildkit","comment":"buildkit.dockerfile.v0"},{"created":"2025-02-14T03:28:36Z","created_by":"CMD [\"/bin/sh\"]","comment":"buildkit.dockerfile.v0","empty_layer":true}]}
busybox: {"created":"2024-09-26T21:31:42Z","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh"]},"history":[{"created":"2024-09-26T21:31:42Z","created_by":"BusyBox 1.37.0 (glibc), Debian 12"}]}
debian buildpack-deps: {"created":"2025-03-17T00:00:00Z","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["bash"]},"history":[{"created":"2025-03-17T00:00:00Z","created_by":"# debian.sh --arch 'amd64' out/ 'bookworm'","comment":"debuerreotype 0.15"}]}
ubuntu: {"created":"2025-01-27T04:14:00Z","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["/bin/bash"],"Labels":{"org.opencontainers.image.ref.name":"ubuntu","org.opencontainers.image.version":"24.04"}},"history":[{"created":"2025-01-27T04:14:00Z","created_by":"/bin/sh -c #(nop)  ARG RELEASE","empty_layer":true},{"created":"2025-01-27T04:14:00Z","created_by":"/bin/sh -c #(nop) ADD file:6df775300d76441aa33f31b22c1afce8dfe35c8ffbc14ef27c27009235b12a95 in / "}]}
fedora centos rockylinux almalinux amazonlinux archlinux opensuse/leap registry.access.redhat.com/ubi9/ubi registry.access.redhat.com/ubi9/ubi-minimal: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","container=oci"],"Cmd":["/bin/bash"],"Labels":{"vendor":"distribution"}}}
golang: {"config":{"Env":["PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","GOLANG_VERSION=1.26.0","GOTOOLCHAIN=local","GOPATH=/go"],"Cmd":["bash"],"WorkingDir":"/go"}}
node: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NODE_VERSION=22.13.1","YARN_VERSION=1.22.22"],"Entrypoint":["docker-entrypoint.sh"],"Cmd":["node"]}}
python: {"config":{"Env":["PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8","GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305","PYTHON_VERSION=3.13.2"],"Cmd":["python3"]}}
pypy: {"config":{"Env":["PATH=/opt/pypy/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","PYPY_VERSION=7.3.17"],"Cmd":["pypy3"]}}
nginx: {"config":{"ExposedPorts":{"80/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NGINX_VERSION=1.27.4"],"Entrypoint":["/docker-entrypoint.sh"],"Cmd":["nginx","-g","daemon off;"],"Labels":{"maintainer":"NGINX Docker Maintainers <docker-maint@nginx.com>"},"StopSignal":"SIGQUIT"}}
nginxinc/nginx-unprivileged: {"config":{"User":"101","ExposedPorts":{"8080/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["/docker-entrypoint.sh"],"Cmd":["nginx","-g","daemon off;"],"StopSignal":"SIGQUIT"}}
httpd caddy traefik haproxy: {"config":{"ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Env":["PATH=/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["httpd-foreground"],"WorkingDir":"/usr/local/apache2","StopSignal":"SIGWINCH"}}
postgres mysql mariadb mongo: {"config":{"ExposedPorts":{"5432/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","PGDATA=/var/lib/postgresql/data"],"Entrypoint":["docker-entrypoint.sh"],"Cmd":["postgres"],"Volumes":{"/var/lib/postgresql/data":{}},"StopSignal":"SIGINT"}}
redis memcached rabbitmq: {"config":{"ExposedPorts":{"6379/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","REDIS_VERSION=7.4.2"],"Entrypoint":["docker-entrypoint.sh"],"Cmd":["redis-server"],"Volumes":{"/data":{}},"WorkingDir":"/data"}}
rust: {"config":{"Env":["PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","RUSTUP_HOME=/usr/local/rustup","CARGO_HOME=/usr/local/cargo","RUST_VERSION=1.85.0"],"Cmd":["bash"]}}
gcc clang silkeh/clang: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","GCC_VERSION=14.2.0"],"Cmd":["bash"]}}
php wordpress: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","PHP_INI_DIR=/usr/local/etc/php","PHP_VERSION=8.4.4"],"Entrypoint":["docker-php-entrypoint"],"Cmd":["php","-a"],"WorkingDir":"/var/www/html","ExposedPorts":{"9000/tcp":{}},"StopSignal":"SIGQUIT"}}
composer: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","COMPOSER_HOME=/tmp"],"Entrypoint":["/docker-entrypoint.sh"],"Cmd":["composer"],"WorkingDir":"/app"}}
ruby: {"config":{"Env":["PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8","GEM_HOME=/usr/local/bundle","BUNDLE_APP_CONFIG=/usr/local/bundle"],"Cmd":["irb"]}}
perl elixir erlang haskell swift julia dart crystallang/crystal nim r-base rocker/r-ver: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8"],"Cmd":["bash"],"WorkingDir":"/usr/src/app"}}
maven gradle: {"config":{"Env":["PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","JAVA_HOME=/opt/java/openjdk","MAVEN_HOME=/usr/share/maven"],"Entrypoint":["/usr/local/bin/mvn-entrypoint.sh"],"Cmd":["mvn"]}}
eclipse-temurin openjdk amazoncorretto: {"config":{"Env":["PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","JAVA_HOME=/opt/java/openjdk"],"Entrypoint":["/__cacert_entrypoint.sh"],"Cmd":["jshell"]}}
tomcat: {"config":{"Env":["CATALINA_HOME=/usr/local/tomcat","PATH=/usr/local/tomcat/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["catalina.sh","run"],"WorkingDir":"/usr/local/tomcat","ExposedPorts":{"8080/tcp":{}}}}
bash docker curlimages/curl alpine/git hashicorp/terraform bitnami/kubectl: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["docker-entrypoint.sh"],"Cmd":["sh"]}}
mcr.microsoft.com/dotnet/sdk mcr.microsoft.com/dotnet/runtime mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime-deps: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","APP_UID=1654","ASPNETCORE_HTTP_PORTS=8080","DOTNET_RUNNING_IN_CONTAINER=true"],"Cmd":["/bin/bash"]}}
mcr.microsoft.com/devcontainers/base mcr.microsoft.com/devcontainers/python mcr.microsoft.com/devcontainers/typescript-node mcr.microsoft.com/vscode/devcontainers/go: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8"],"Cmd":["/bin/bash"],"Labels":{"version":"1.0.0","devcontainer.metadata":"[]"}}}
gcr.io/distroless/static gcr.io/distroless/base gcr.io/distroless/cc gcr.io/distroless/java21 gcr.io/distroless/static-debian12 gcr.io/distroless/nodejs22-debian12: {"created":"1970-01-01T00:00:00Z","config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],"User":"65532","WorkingDir":"/home/nonroot"}}
cgr.dev/chainguard/wolfi-base cgr.dev/chainguard/static: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],"User":"65532"}}
tonistiigi/xx ghcr.io/astral-sh/uv crazymax/osxcross: {"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["/uv"],"WorkingDir":"/io"}}
nvidia/cuda pytorch/pytorch tensorflow/tensorflow jupyter/base-notebook continuumio/miniconda3 mambaorg/micromamba: {"config":{"Env":["PATH=/opt/conda/bin:/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NVIDIA_VISIBLE_DEVICES=all","LD_LIBRARY_PATH=/usr/local/nvidia/lib"],"Cmd":["/bin/bash"],"Labels":{"maintainer":"maintainers"}}}
linuxserver/baseimage-alpine lscr.io/linuxserver/baseimage-ubuntu crazymax/alpine-s6: {"config":{"Env":["PATH=/lsiopy/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","S6_VERBOSITY=1","HOME=/root"],"Entrypoint":["/init"]}}
mcr.microsoft.com/windows/nanoserver: {"architecture":"amd64","os":"windows","os.version":"10.0.20348.2700","config":{"User":"ContainerUser","Cmd":["c:\\windows\\system32\\cmd.exe"]}}
mcr.microsoft.com/windows/servercore mcr.microsoft.com/windows: {"architecture":"amd64","os":"windows","os.version":"10.0.20348.2700","config":{"Cmd":["c:\\windows\\system32\\cmd.exe"]}}
mcr.microsoft.com/dotnet/framework/sdk mcr.microsoft.com/dotnet/framework/aspnet: {"architecture":"amd64","os":"windows","os.version":"10.0.20348.2700","config":{"Env":["DOTNET_RUNNING_IN_CONTAINER=true","Path=C:\\Windows\\system32;C:\\Windows"],"Entrypoint":["powershell"],"WorkingDir":"C:\\inetpub","Shell":["powershell","-Command"]}}
test/onbuild: {"config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin"],"Cmd":["node"],"WorkingDir":"/usr/src/app","OnBuild":["ARG NODE_ENV","ENV NODE_ENV=$NODE_ENV","COPY package.json ./","RUN npm install","COPY . ."]}}
test/onbuild-from: {"config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin"],"OnBuild":["COPY --from=busybox /bin/busybox /bin/","RUN --mount=type=bind,from=alpine,target=/mnt ls /mnt"]}}
test/onbuild-stage: {"config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin"],"OnBuild":["COPY --from=builder /out /app"]}}
test/onbuild-bad: {"config":{"OnBuild":["FROBNICATE now"]}}
test/onbuild-config: {"config":{"OnBuild":["USER app","WORKDIR /srv","EXPOSE 8080","LABEL built=yes","CMD [\"serve\"]"]}}
test/onbuild-onbuild: {"config":{"OnBuild":["ONBUILD RUN deep"]}}
test/user-workdir: {"config":{"User":"app:app","Env":["PATH=/usr/bin:/bin","HOME=/home/app"],"WorkingDir":"/home/app"}}
test/relative-workdir: {"config":{"Env":["PATH=/usr/bin:/bin"],"WorkingDir":"srv/app"}}
test/no-env: {"config":{"Cmd":["/init"]}}
test/empty-path: {"config":{"Env":["PATH=","EMPTY=","NOEQUALS"]}}
test/odd-env: {"config":{"Env":["PATH=/bin","DOLLAR=$HOME","SPACES=a b  c","QUOTES=\"q\"","EQ=a=b=c"]}}
test/shell: {"config":{"Env":["PATH=/bin"],"Shell":["/bin/bash","-eo","pipefail","-c"]}}
test/health: {"config":{"Env":["PATH=/bin"],"Healthcheck":{"Test":["CMD-SHELL","curl -f localhost"],"Interval":5000000000,"Retries":4},"Entrypoint":["/serve"],"Cmd":["--port","80"]}}
test/full: {"created":"2024-01-02T03:04:05Z","author":"Somebody","config":{"User":"1000:1000","ExposedPorts":{"53/udp":{},"80/tcp":{}},"Env":["PATH=/opt/bin:/bin","A=1","B=2"],"Entrypoint":["/entry"],"Cmd":["run"],"Volumes":{"/data":{},"/logs":{}},"WorkingDir":"/work","Labels":{"a":"1","b":"2"},"StopSignal":"SIGUSR1","Shell":["/bin/ash","-c"],"Healthcheck":{"Test":["NONE"]}},"history":[{"created":"2024-01-02T03:04:05Z","author":"Somebody","created_by":"ADD rootfs","comment":"first"}]}
test/no-layers: {"config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers"}}
test/no-layers-history: {"config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers"},"history":[{"created_by":"ADD something"}]}
test/empty-layers-history: {"config":{"Env":["PATH=/bin"]},"rootfs":{"type":"layers"},"history":[{"created_by":"ENV a","empty_layer":true}]}
test/arm64-only: {"architecture":"arm64","os":"linux","variant":"v8","config":{"Env":["PATH=/bin"]}}
test/s390x-only: {"architecture":"s390x","os":"linux","config":{"Env":["PATH=/bin"]}}
test/args-escaped: {"architecture":"amd64","os":"windows","config":{"ArgsEscaped":true,"Cmd":["cmd /c run"]}}
`
