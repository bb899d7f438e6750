package syntax

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/stratabuild/strata/llbconv/diag"
)

// dayWeek matches the units that Go's durations do not have.
var dayWeek = regexp.MustCompile(`([0-9]*\.?[0-9]+)([dw])`)

// ParseTTL parses a duration in Go's syntax, with the additional units d (24
// hours) and w (7 days): 90m, 12h, 1d12h, 2w.
func ParseTTL(s string) (time.Duration, error) {
	hours := dayWeek.ReplaceAllStringFunc(s, func(part string) string {
		n, err := strconv.ParseFloat(part[:len(part)-1], 64)
		if err != nil {
			return part
		}
		factor := 24.0
		if part[len(part)-1] == 'w' {
			factor = 7 * 24
		}
		return strconv.FormatFloat(n*factor, 'f', -1, 64) + "h"
	})
	ttl, err := time.ParseDuration(hours)
	if err != nil {
		return 0, diag.WithHint(fmt.Errorf("--cache-ttl=%s is not a duration", s), "write it like 90m, 12h, 7d or 2w")
	}
	if ttl <= 0 {
		return 0, diag.WithHint(fmt.Errorf("--cache-ttl=%s has to be more than zero", s), "--no-cache runs a step in every build")
	}
	return ttl, nil
}
