// Package llbconv converts a Dockerfile to LLB, BuildKit's build graph.
//
// Parse reads the text, and Convert turns the parsed file into a Result:
//
//	file, diags := llbconv.Parse(text, nil)
//	if err := diags.Err(); err != nil {
//		return err
//	}
//	result, diags := llbconv.Convert(ctx, file, sources, llbconv.Options{Target: "release"})
//	if err := diags.Err(); err != nil {
//		return err
//	}
//	def, err := result.Marshal(ctx)
//
// The definition goes into a solve request of a BuildKit client or gateway.
// Result.State has the same graph as a state of package llb, Result.Image the
// config for the exporter. Steps, Graph, Outline and SBOM describe the result.
//
// Both functions return the warnings and errors that they find as a list of
// package diag. Each has a message, a hint and its places in the Dockerfile. The
// file or result is nil if the list holds an error.
//
// A conversion does no I/O and needs no daemon. It asks the interfaces of package
// source, which Sources holds, for the config of a base image, for the build
// contexts and for the time of a source. A BuildKit gateway can answer, and so can
// a map. Convert calls them from several goroutines at once. The same input gives
// the same bytes.
//
// The language is that of the Dockerfile reference,
// https://docs.docker.com/reference/dockerfile/, and the flags and comments that
// Strata adds: RUN --no-cache, --cache-ttl, --cache-key and --arg, COPY and ADD
// --no-cache, ARG --explicit, and the comment # strata=.
//
// # Passes
//
// The package is a small compiler. Its passes are packages below internal, each
// with a plain input and a plain output:
//
//	syntax   text -> stages and instructions
//	plan     stages -> a graph of stages
//	resolve  graph -> the images and contexts that stages start from
//	lower    instructions -> LLB, image config and history
package llbconv
