package frontend

import (
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"
)

// explained is an error of the daemon or of another frontend, with what it was
// about. It has a status of its own: of an error that came over the wire BuildKit
// sends the status it came with, without anything that was said about it since.
type explained struct {
	error
	about string
}

func (e explained) Error() string { return e.about + ": " + e.error.Error() }

// Unwrap is the error as it came.
func (e explained) Unwrap() error { return e.error }

// GRPCStatus is the status that the error is sent with.
func (e explained) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.error), e.Error())
}
