package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The layers of step 9 are fetched from a cache, and the client shows only that.
func TestReadSteps(t *testing.T) {
	ran, cached := ReadSteps(`#5 [internal] load .dockerignore
#5 DONE 0.0s

#6 [1/4] FROM docker.io/library/busybox:latest
#6 DONE 0.0s

#7 [build 2/4] COPY source.txt .
#7 CACHED

#8 [linux/amd64 3/4] RUN make
#8 0.110 extracting sha256: not by the daemon
#8 DONE 0.2s

#9 [4/4] RUN make check
#9 sha256:2b981170f4ee066724873d8325d7208eef8c321dbef920ea013990c614035600 1.19MB / 1.19MB 0.1s done
#9 extracting sha256:2b981170f4ee066724873d8325d7208eef8c321dbef920ea013990c614035600 0.0s done
#9 DONE 0.2s
`)
	require.Equal(t, []string{"RUN make"}, ran)
	require.Equal(t, []string{"COPY source.txt .", "RUN make check"}, cached)
}
