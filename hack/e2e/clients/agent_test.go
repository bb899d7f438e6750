package clients

import (
	"crypto/ed25519"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh/agent"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// startAgent serves an SSH agent with one key, and returns its socket and the
// comment of the key.
func startAgent(t *testing.T) (socket, comment string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := agent.NewKeyring()
	comment = "key " + scenario.Unique()
	if err := keys.Add(agent.AddedKey{PrivateKey: &key, Comment: comment}); err != nil {
		t.Fatal(err)
	}
	socket = scenario.Serve(t, "unix", filepath.Join(t.TempDir(), "agent"), func(conn net.Conn) {
		_ = agent.ServeAgent(keys, conn) // ends when the client does
	})
	return socket, comment
}

// listKeys requests the agent's keys, like "ssh-add -l", and prints the comment of
// the first.
const listKeys = `import os, socket, struct

agent = socket.socket(socket.AF_UNIX)
agent.connect(os.environ["SSH_AUTH_SOCK"])
agent.sendall(b"\0\0\0\1\x0b")
answer = agent.makefile("rb")
size = struct.unpack(">I", answer.read(4))[0]
keys = answer.read(size)[5:]
blob = struct.unpack(">I", keys[:4])[0]
print(keys[blob + 8:].decode())
`
