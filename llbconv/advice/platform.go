package advice

import (
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

var platformOnStage = Check{
	Name:        "PlatformOnStage",
	Description: "The platform of a FROM that names a stage is ignored: it is that of the stage",
	find:        findPlatformOnStage,
}

// braces matches a variable in braces.
var braces = lazily(`\$\{(\w+)\}`)

// findPlatformOnStage finds platforms that differ from that of the stage after
// FROM.
func findPlatformOnStage(v *view) (found []Finding) {
	v.needed(func(s stage) {
		if s.source.Platform == "" || s.source.BaseStage < 0 {
			return
		}
		root := v.chain(s)[0]
		if platformOf(s) == platformOf(root) {
			return
		}
		found = append(found, Finding{
			Message: "--platform=" + s.source.Platform + " is ignored: " + s.source.Base + " is a stage, which has a platform",
			Hint:    "give the platform to the FROM of the image",
			Range:   s.source.From.Range(),
			Further: [][]parser.Range{root.source.From.Range()},
		})
	})
	return found
}

// platformOf returns the flag of a stage with variables in one form. It is empty if the
// flag has the same effect as none.
func platformOf(s stage) string {
	platform := braces().ReplaceAllString(s.source.Platform, "$$$1")
	if platform == "$TARGETPLATFORM" {
		return ""
	}
	return platform
}

var platformArgDefault = Check{
	Name:        "PlatformArgDefault",
	Description: "A default hides the value that BuildKit gives to a platform ARG",
	find:        findPlatformArgDefault,
}

var platformArgs = lazily(`^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$`)

// findPlatformArgDefault finds platform ARGs with a default.
func findPlatformArgDefault(v *view) (found []Finding) {
	look := func(in Instruction) {
		c, ok := in.Command.(*instructions.ArgCommand)
		if !ok {
			return
		}
		for _, a := range c.Args {
			if _, given := v.build.BuildArgs[a.Key]; given || a.Value == nil || !platformArgs().MatchString(a.Key) || hasVariable(*a.Value) {
				continue
			}
			value := v.unquote(*a.Value)
			if value == "linux" { // the value of nearly all platforms
				continue
			}
			found = append(found, Finding{
				Message: "the default of ARG " + a.Key + " hides the value that BuildKit sets: it is " + quoteEmpty(value) + " on every platform",
				Hint:    "write ARG " + a.Key,
				Range:   in.Range(),
			})
		}
	}
	for _, in := range v.build.GlobalArgs {
		look(in)
	}
	v.needed(func(s stage) {
		for _, st := range s.steps {
			look(st.Instruction)
		}
	})
	return found
}

func quoteEmpty(s string) string {
	if s == "" {
		return "empty"
	}
	return s
}
