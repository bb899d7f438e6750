package frontend

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The text of an error reaches the other side of the wire, with its code and
// details.
func TestWireError(t *testing.T) {
	local := errors.New("local")
	remote := grpcerrors.FromGRPC(status.Error(codes.NotFound, "not found"))
	unsupported := grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), errdefs.NewUnsupportedFrontendCapError("cap")))
	for err, code := range map[error]codes.Code{
		local:            codes.Unknown,
		remote:           codes.NotFound,
		context.Canceled: codes.Canceled,
		unsupported:      codes.Unknown,
	} {
		e := wireError{err, "about"}
		if want := "about: " + err.Error(); e.Error() != want || !errors.Is(e, err) {
			t.Errorf("%q, want %q", e, want)
		}
		received := grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), e))
		if !strings.Contains(received.Error(), e.Error()) || grpcerrors.Code(received) != code {
			t.Errorf("received %v (%v), want %v (%v)", received, grpcerrors.Code(received), e, code)
		}
	}
	var typed *errdefs.UnsupportedFrontendCapError
	if received := grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), wireError{unsupported, "about"})); !errors.As(received, &typed) {
		t.Errorf("the details of %v are lost", received)
	}
}
