module github.com/stratabuild/strata

go 1.26

require github.com/moby/buildkit v0.33.1
