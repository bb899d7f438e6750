# GIT_SHA=$(git rev-parse HEAD) docker buildx bake --push

variable "GIT_SHA" {
  default = "unknown"
}

variable "IMAGE" {
  default = "hello"
}

target "default" {
  args      = { GIT_SHA = GIT_SHA }
  platforms = ["linux/amd64", "linux/arm64"]
  tags      = [IMAGE]
}
