# docker buildx bake [image | image-all | test | lint]

variable "VERSION" {
  default = "0.0.0-dev"
}

variable "REVISION" {
  default = "unknown"
}

# Where the image goes: REGISTRY=registry.example.com/team/ docker buildx bake --push
variable "REGISTRY" {
  default = ""
}

# Seconds since 1970, e.g. of the last commit. Fixed by default, so that the same
# source gives the same image.
variable "SOURCE_DATE_EPOCH" {
  default = "0"
}

group "default" {
  targets = ["image"]
}

target "_common" {
  args = {
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
