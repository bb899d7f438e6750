// Package baseimage makes the images that a Dockerfile starts FROM, such as
// python:3.11-slim, and puts them into a registry under their usual names.
//
// Where Docker Hub can be reached the real images are copied. Elsewhere they
// are stand-ins, made from Debian's packages, the machine's Go, and Node from
// the npm registry: they hold the same programs at the same places with the
// same configuration, but they are not the images of those names. Each is
// built by a Dockerfile in the folder images.
package baseimage
