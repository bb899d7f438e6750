package advice_test

import "testing"

func TestPlatformOnStage(t *testing.T) {
	runCases(t, "PlatformOnStage", []checkCase{
		{name: "ignored", text: "FROM a AS base\nFROM --platform=linux/arm64 base\n", want: "2"},
		{name: "the builder's", text: "FROM a AS base\nFROM --platform=$BUILDPLATFORM base AS b\n", want: "2"},
		{name: "the same", text: "FROM --platform=$BUILDPLATFORM a AS base\nFROM --platform=$BUILDPLATFORM base AS b\n"},
		{name: "the same over two", text: "FROM --platform=$BUILDPLATFORM a AS base\nFROM base AS b\nFROM --platform=$BUILDPLATFORM b\n"},
		{name: "the same in braces", text: "FROM --platform=${BUILDPLATFORM} a AS base\nFROM --platform=$BUILDPLATFORM base AS b\n"},
		{name: "the target's", text: "FROM a AS base\nFROM --platform=$TARGETPLATFORM base\n"},
		{name: "the target's in braces", text: "FROM a AS base\nFROM --platform=${TARGETPLATFORM} base\n"},
		{name: "an image", text: "FROM a AS base\nFROM --platform=$BUILDPLATFORM b\n"},
	})
}

func TestPlatformArgDefault(t *testing.T) {
	runCases(t, "PlatformArgDefault", []checkCase{
		{name: "in a stage", text: "FROM a\nARG TARGETARCH=amd64\n", want: "2"},
		{name: "empty", text: "FROM a\nARG TARGETVARIANT=\n", want: "2"},
		{name: "global", text: "ARG BUILDPLATFORM=linux/amd64\nFROM --platform=$BUILDPLATFORM a\n", want: "1"},
		{name: "the value that it has", text: "FROM a\nARG TARGETOS=linux\nARG TARGETARCH=amd64\n", want: "3"},
		{name: "no default", text: "FROM a\nARG TARGETARCH\nARG TARGETOS TARGETVARIANT\n"},
		{name: "another name", text: "FROM a\nARG TARGET=x\nARG ARCH=amd64\n"},
		{name: "given by the client", text: "FROM a\nARG TARGETARCH=amd64\n", args: map[string]string{"TARGETARCH": "arm64"}},
		{name: "a variable", text: "FROM a\nARG TARGETARCH=${ARCH:-amd64}\n"},
	})
}
