package frontend

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
)

const (
	// maxMapped is the size up to which a Dockerfile goes to the daemon with the
	// graph: the daemon sends all of it with the error of a step that fails.
	maxMapped = 512 << 10
	// maxMessage is the largest message that goes to the daemon; some of it is
	// for what is around the metadata.
	maxMessage = 16<<20 - 64<<10

	tooLarge = "the build is too large to hand to the builder (put large here-documents into files of the build context, and COPY those)"
)

// explainSize says of a graph that is too large for a message what makes it so.
func explainSize(err error) error {
	if grpcerrors.Code(err) == codes.ResourceExhausted && strings.Contains(err.Error(), "larger than max") {
		return wireError{err, tooLarge}
	}
	return err
}

// checkAnswer refuses the answer to a request where it could not be returned.
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

// checkSize refuses a result that could not be returned. It holds the graphs, and
// image configs with the text of every RUN in their history.
func checkSize(res *client.Result, graphs int) error {
	if size := graphs + metadataSize(res); size > maxMessage {
		return fmt.Errorf("%s: graphs and image configs have %d bytes", tooLarge, size)
	}
	return nil
}
