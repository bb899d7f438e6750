package frontend

import (
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"
)

// wireError is an error of the daemon or of another frontend, with what it was
// about. It has a gRPC status of its own: BuildKit passes on the status with
// which an error came, and that does not have the text that was added since.
type wireError struct {
	error
	about string
}

func (e wireError) Error() string { return e.about + ": " + e.error.Error() }

// Unwrap returns the error as it came.
func (e wireError) Unwrap() error { return e.error }

// GRPCStatus returns the status that the error is sent with.
func (e wireError) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.error), e.Error())
}
