package insight

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/moby/buildkit/client/llb"
)

// A request is passed in the proxy variables: they reach the process, are not part
// of its cache key, and BuildKit does not store them. The request holds values, not
// hashes. Linux limits the length of each variable.
const maxVariable = 120 << 10

var errTooLarge = errors.New("the build is too large to be compared")

// maxPlain is the size of the largest request that is not compressed. The first
// use of a compressor costs a build in which nothing has changed several
// milliseconds.
const maxPlain = 64 << 10

// proxies returns a request as proxy variables.
func (r Request) proxies() (llb.ProxyEnv, error) {
	data, err := json.Marshal(r)
	if err == nil && len(data) > maxPlain {
		data, err = compressed(data, gzip.DefaultCompression)
	}
	if err != nil {
		return llb.ProxyEnv{}, err
	}
	text := base64.RawStdEncoding.EncodeToString(data)
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
	data, err := base64.RawStdEncoding.DecodeString(text.String())
	if err != nil {
		return r, err
	}
	if len(data) == 0 {
		return r, errors.New("there is no request")
	}
	if data[0] != '{' {
		if data, err = uncompressed(bytes.NewReader(data)); err != nil {
			return r, err
		}
	}
	return r, json.Unmarshal(data, &r)
}
