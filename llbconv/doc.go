// Package llbconv converts a Dockerfile to LLB, BuildKit's build graph.
//
// It is a small compiler. Its passes are packages, each with a plain input and
// a plain output:
//
//	syntax   text -> stages and instructions
//	plan     stages -> a graph of stages
//	resolve  graph -> the images and contexts that stages start from
//	lower    instructions -> LLB, image config and history
//
// Convert runs them and finishes the target's image. What has to be asked for
// outside the Dockerfile comes in through the interfaces of package source, so
// that a conversion can be driven from a test with a map and no daemon.
//
// The language is that of the Dockerfile reference,
// https://docs.docker.com/reference/dockerfile/.
package llbconv
