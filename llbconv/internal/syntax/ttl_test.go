package syntax

import (
	"strings"
	"testing"
	"time"
)

func TestParseTTL(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m":     90 * time.Minute,
		"12h":     12 * time.Hour,
		"1h30m5s": time.Hour + 30*time.Minute + 5*time.Second,
		"1d":      24 * time.Hour,
		"1d12h":   36 * time.Hour,
		"1.5d":    36 * time.Hour,
		".5d":     12 * time.Hour,
		"2w":      14 * 24 * time.Hour,
		"1w1d1h":  (8*24 + 1) * time.Hour,
		"3s":      3 * time.Second,
		"1ns":     1,
	} {
		if got, err := ParseTTL(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseTTLErrors(t *testing.T) {
	const notOne, notPositive = "is not a duration (write it like 90m, 12h, 7d or 2w)", "has to be more than zero (--no-cache runs a step in every build)"
	for text, want := range map[string]string{
		"":                     notOne,
		"soon":                 notOne,
		"12":                   notOne,
		"12 h":                 notOne,
		"1D":                   notOne,
		"d":                    notOne,
		"1.2.3d":               notOne,
		"1d-2h":                notOne,
		"1e3d":                 notOne,
		"99999999999w":         notOne,
		"1" + zeros(400) + "w": notOne,
		"0":                    notPositive,
		"0s":                   notPositive,
		"0d":                   notPositive,
		"-1h":                  notPositive,
		"-1d":                  notPositive,
	} {
		_, err := ParseTTL(text)
		if err == nil || !strings.HasPrefix(err.Error(), "--cache-ttl="+text+" ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func zeros(n int) string { return strings.Repeat("0", n) }
