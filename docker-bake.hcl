# docker buildx bake [image | image-all | release | test | lint]

variable "VERSION" {
  default = "0.0.0-dev"
}

# The tag of the golang image. A release names a patch release, so that others
# can build the same image later.
variable "GO_VERSION" {
  default = "1.26"
}

variable "REVISION" {
  default = "unknown"
}

# Where the image goes: REGISTRY=registry.example.com/team/ docker buildx bake --push
# A release goes to several, with commas between them.
variable "REGISTRY" {
  default = ""
}

# Seconds since 1970, e.g. of the last commit. Fixed by default, so that the same
# source gives the same image.
variable "SOURCE_DATE_EPOCH" {
  default = "0"
}

# 1.4.2 is 1.4 and 1 as well, unless hack/release/publish.sh finds a higher release. A
# pre-release such as 2.0.0-rc.1 is only that.
function "versions" {
  params = [version]
  result = length(regexall("^[0-9]+[.][0-9]+[.][0-9]+$", version)) == 0 ? [version] : [
    version,
    join(".", slice(split(".", version), 0, 2)),
    split(".", version)[0],
  ]
}

group "default" {
  targets = ["image"]
}

target "_common" {
  args = {
    GO_VERSION        = GO_VERSION
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
}

target "image" {
  inherits = ["_common"]
  target   = "image"
  args = {
    VERSION  = VERSION
    REVISION = REVISION
  }
  tags = ["${REGISTRY}stratabuild/strata:${VERSION}"]
}

target "image-all" {
  inherits = ["image"]
  platforms = [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/riscv64",
    "linux/ppc64le",
    "linux/s390x",
  ]
}

target "release" {
  inherits = ["image-all"]
  tags     = flatten([for r in split(",", REGISTRY) : [for v in versions(VERSION) : "${r}stratabuild/strata:${v}"]])
  attest   = ["type=provenance,mode=max", "type=sbom"]
}

target "test" {
  inherits = ["_common"]
  target   = "test"
  output   = ["type=cacheonly"]
}

target "lint" {
  inherits = ["_common"]
  target   = "lint"
  output   = ["type=cacheonly"]
}
