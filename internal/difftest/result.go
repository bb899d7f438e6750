package difftest

import (
	"errors"
	"sync"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Result is the result of one conversion, in a form that can be compared.
type Result struct {
	// Err is the error of the conversion. With an error, the definition and the configs are nil, but there can be
	// warnings.
	Err error
	// Problems are the parts of Err: one for the reference, one or more for Strata.
	Problems []Problem
	// Definition is the marshalled graph, Image and BaseImage the configs as JSON (nil when there is none).
	Definition *pb.Definition
	Image      []byte
	BaseImage  []byte
	Epoch      *time.Time
	Warnings   []Warning
	// Scan holds the further states that an SBOM scanner looks at, by name.
	Scan        map[string]*pb.Definition
	IgnoreCache bool
}

// Warning is a finding of the linter.
type Warning struct {
	Rule        string
	Description string
	URL         string
	Message     string
	Ranges      []parser.Range
}

// Problem is one error, with the places in the Dockerfile that it points at.
type Problem struct {
	Message string
	Places  [][]parser.Range
}

// Fail sets the error of a result, which is a single problem.
func (r *Result) Fail(err error) {
	p := Problem{Message: err.Error()}
	var located *parser.LocationError
	if errors.As(err, &located) {
		p.Places = located.Locations
	}
	r.Err, r.Problems = err, []Problem{p}
}

// Warner collects warnings into a result. It may be called from several goroutines.
func (r *Result) Warner() linter.LintWarnFunc {
	var mu sync.Mutex
	return func(rule, description, url, message string, ranges []parser.Range) {
		mu.Lock()
		defer mu.Unlock()
		r.Warnings = append(r.Warnings, Warning{rule, description, url, message, ranges})
	}
}
