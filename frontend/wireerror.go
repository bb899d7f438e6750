package frontend

import (
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"
)

// wireError is an error of the daemon or of another frontend, with a text
// before it. It has a gRPC status of its own, as BuildKit passes on the status
// of the inner error, which lacks the text.
type wireError struct {
	error
	about string
}

func (e wireError) Error() string { return e.about + ": " + e.error.Error() }

// Unwrap returns the inner error.
func (e wireError) Unwrap() error { return e.error }

// GRPCStatus returns the status that the error is sent with.
func (e wireError) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.error), e.Error())
}
