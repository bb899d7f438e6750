package lower

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/moby/buildkit/solver/pb"
	mode "github.com/tonistiigi/dchapes-mode"

	"github.com/stratabuild/strata/llbconv/diag"
)

// chmod is the value of --chmod: bits, or symbols such as u=rwX,go=rX.
type chmod struct {
	bits    int32 // -1 keeps the permissions
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

// checkSymbols returns an error for symbols if the daemon supports octal numbers
// only: it would make files without permissions. No release reports a capability
// for symbols, so another capability of the same release stands for it.
func (in instruction) checkSymbols(c chmod) error {
	if c.symbols == "" || in.run.supports(pb.CapGCFreeSpaceFilter) {
		return nil
	}
	return diag.WithHint(fmt.Errorf("--chmod=%s: this BuildKit supports permissions as numbers only", c.symbols),
		"write them in octal, or use BuildKit 0.17 or later")
}
