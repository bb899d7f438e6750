// Package baseimage makes base images, such as python:3.11-slim, and puts them into
// a registry under their usual names.
//
// If Docker Hub can be reached, the real images are copied. Otherwise they are
// stand-ins, made from Debian's packages, the machine's Go, and Node from the npm
// registry: they have the same programs at the same places with the same
// configuration, but they are not the images of those names. A Dockerfile in the
// folder images builds each of them.
package baseimage
