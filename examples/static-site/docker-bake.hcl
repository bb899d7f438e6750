# docker buildx bake: checks the site and builds its server.

group "default" {
  targets = ["check", "server"]
}

target "check" {
  target = "check"
  output = ["type=cacheonly"]
}

target "files" {
  target = "files"
  output = ["site"]
}

target "server" {
  target = "server"
  tags   = ["static-site"]
}
