package difftest

import _ "embed"

// Typical is a Dockerfile of usual size: three stages, a dozen steps. Benchmarks measure it.
//
//go:embed testdata/typical.Dockerfile
var Typical []byte
