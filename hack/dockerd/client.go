package dockerd

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/moby/buildkit/client"
)

// Client connects to the BuildKit inside the engine, the way buildx does.
func (d *Daemon) Client(ctx context.Context) (*client.Client, error) {
	return client.New(ctx, "",
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return d.hijack(ctx, "/grpc", "h2c", nil)
		}),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return d.hijack(ctx, "/session", proto, meta)
		}))
}

// hijack asks the engine's API for a connection of another protocol.
func (d *Daemon) hijack(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker"+path, nil)
	if err != nil {
		return nil, err
	}
	for key, values := range meta {
		for _, v := range values {
			req.Header.Add(key, v)
		}
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", proto)
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := req.Write(conn); err != nil {
		conn.Close()
		return nil, err
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, req)
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return hijacked{Conn: conn, in: in}, nil
}

// hijacked is a connection of which the beginning may have been read already.
type hijacked struct {
	net.Conn
	in *bufio.Reader
}

func (h hijacked) Read(p []byte) (int, error) { return h.in.Read(p) }
