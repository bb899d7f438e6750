package lower

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/moby/buildkit/solver/pb"
	mode "github.com/tonistiigi/dchapes-mode"

	"github.com/stratabuild/strata/llbconv/diag"
)

// chmod is the value of --chmod: bits, or symbols like u=rwX,go=rX.
type chmod struct {
	bits    int32 // -1 leaves the permissions as they are
	symbols string
}

func parseChmod(s string) (chmod, error) {
	if s == "" {
		return chmod{bits: -1}, nil
	}
	notOctal := fmt.Errorf("invalid chmod parameter: '%v'. it should be octal string and between 0 and 07777", s)
	octal, err := strconv.ParseUint(s, 8, 32)
	if err == nil {
		if octal > 0o7777 {
			return chmod{}, notOctal
		}
		return chmod{bits: int32(octal)}, nil
	}
	if _, err := mode.Parse(s); err != nil {
		var numeric *strconv.NumError
		if errors.As(err, &numeric) {
			return chmod{}, notOctal
		}
		return chmod{}, fmt.Errorf("invalid chmod parameter: '%v': %w", s, err)
	}
	return chmod{symbols: s}, nil
}

// checkSymbols returns an error for symbols on a builder that knows bits only,
// which would make files without any permission. No release reports the
// capability meant for symbols; another one came with the same release.
func (in instruction) checkSymbols(c chmod) error {
	if c.symbols == "" || in.run.supports(pb.CapGCFreeSpaceFilter) {
		return nil
	}
	return diag.WithHint(fmt.Errorf("--chmod=%s: the builder knows permissions as numbers only", c.symbols),
		"write them in octal, or use BuildKit 0.17 or later")
}
