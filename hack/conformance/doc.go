// Package conformance runs the integration suite of the reference frontend,
// docker/dockerfile, against Strata's frontend image, and the same suite
// against the reference's own image, so that what fails for want of something
// in the environment is told from what Strata does wrong.
//
// The suite is BuildKit's test binary of package frontend/dockerfile, compiled
// from the module cache as it is. It starts a daemon and a registry for each
// test and builds with the image that FRONTEND_GATEWAY_ONLY names.
package conformance
