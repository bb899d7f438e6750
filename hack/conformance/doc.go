// Package conformance runs the integration suite of the reference frontend,
// docker/dockerfile, against Strata's frontend image. It runs the tests that Strata
// does not pass against the reference's own image as well, to tell failures of Strata
// from failures that the environment causes.
//
// The suite is BuildKit's test binary of package frontend/dockerfile, compiled
// unchanged from the module cache. It starts a daemon and a registry for each test
// and builds with the image that FRONTEND_GATEWAY_ONLY names.
package conformance
