package frontend

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
)

const (
	// maxMapped is the size of the largest Dockerfile that is sent with the graph.
	// The daemon sends it back with the error of a failing step.
	maxMapped = 512 << 10
	// maxMessage is the size of the largest message to the daemon, less 64 KB
	// for its other fields.
	maxMessage = 16<<20 - 64<<10
	// maxExplained is the size of the largest result that is built in the frontend:
	// the error of a failing step holds the step, and may be too large for a message
	// to the frontend.
	maxExplained = 4 << 20

	tooLarge = "the build is too large to send to BuildKit (put large here-documents into files of the build context, and COPY those)"
)

// explainSize adds the reason to the error about a graph that is too large for a
// message.
func explainSize(err error) error {
	if grpcerrors.Code(err) == codes.ResourceExhausted && strings.Contains(err.Error(), "larger than max") {
		return wireError{err, tooLarge}
	}
	return err
}

// checkAnswer returns an error for an answer that is too large to be returned.
func checkAnswer(res *client.Result, err error) (*client.Result, error) {
	if err != nil {
		return nil, err
	}
	if size := metadataSize(res); size > maxMessage {
		return nil, fmt.Errorf("the answer is too large to return: it has %d MB, and a message holds %d (ask about one stage of the Dockerfile, by its target)", size>>20, maxMessage>>20)
	}
	return res, nil
}

func metadataSize(res *client.Result) (size int) {
	for _, data := range res.Metadata {
		size += len(data)
	}
	return size
}

// checkSize returns an error for a result of a size that cannot be returned. A
// result holds the graphs, and the image configs with the history of the images.
func checkSize(size int) error {
	if size > maxMessage {
		return fmt.Errorf("%s: graphs and image configs have %d bytes", tooLarge, size)
	}
	return nil
}
