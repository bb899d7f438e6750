package insight

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moby/buildkit/client/llb"
)

// A request is passed in the proxy variables: they reach the process, are not part
// of its cache key, and BuildKit does not store them. The request holds values, not
// hashes. Linux limits the length of each variable.
const maxVariable = 120 << 10

var errTooLarge = errors.New("the build is too large to be compared")

// proxies returns a request as proxy variables.
func (r Request) proxies() (llb.ProxyEnv, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	if err := json.NewEncoder(zip).Encode(r); err != nil {
		return llb.ProxyEnv{}, err
	}
	if err := zip.Close(); err != nil {
		return llb.ProxyEnv{}, err
	}
	text := base64.RawStdEncoding.EncodeToString(buf.Bytes())
	var p llb.ProxyEnv
	for _, field := range []*string{&p.HTTPProxy, &p.HTTPSProxy, &p.FTPProxy, &p.NoProxy, &p.AllProxy} {
		n := min(len(text), maxVariable)
		*field, text = text[:n], text[n:]
	}
	if text != "" {
		return p, errTooLarge
	}
	return p, nil
}

// readRequest reads a request from the variables of the process.
func readRequest(getenv func(string) string) (r Request, err error) {
	var text strings.Builder
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"} {
		text.WriteString(getenv(name))
	}
	zip, err := gzip.NewReader(base64.NewDecoder(base64.RawStdEncoding, strings.NewReader(text.String())))
	if err != nil {
		return r, fmt.Errorf("no request: %w", err)
	}
	data, err := io.ReadAll(zip)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(data, &r)
}
