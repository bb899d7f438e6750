package profile

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/stratabuild/strata/internal/difftest"
)

func profiled(kind string) (*client.Result, error) {
	gw := difftest.NewGateway(difftest.Case{Options: difftest.Options{BuildArgs: map[string]string{Arg: kind}}})
	return Build(gw, func() (*client.Result, error) { return client.NewResult(), nil })
}

func TestKinds(t *testing.T) {
	for kind, magic := range map[string]string{"cpu": "\x1f\x8b", "allocs": "\x1f\x8b", "trace": "go 1."} {
		res, err := profiled(kind)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		data, err := base64.StdEncoding.DecodeString(string(res.Metadata[Key]))
		if err != nil || !bytes.HasPrefix(data, []byte(magic)) {
			t.Errorf("%s: %.20q, %v", kind, data, err)
		}
	}
}

func TestOff(t *testing.T) {
	if res, err := profiled(""); err != nil || len(res.Metadata) != 0 {
		t.Errorf("%v, %v", res, err)
	}
}

func TestUnknownKind(t *testing.T) {
	_, err := profiled("heap")
	if err == nil || !strings.Contains(err.Error(), "STRATA_PROFILE=heap: unknown kind (use cpu, allocs or trace)") {
		t.Errorf("error %v", err)
	}
}
