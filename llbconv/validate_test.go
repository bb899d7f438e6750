package llbconv_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv"
)

// Invalid options are errors that name the field.
func TestOptionsAreChecked(t *testing.T) {
	file, diags := llbconv.Parse([]byte("FROM scratch\n"), nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	for want, opt := range map[string]llbconv.Options{
		"Options.Daemon.MaxGraph is -1: a graph cannot have fewer than 0 bytes": {Daemon: llbconv.Daemon{MaxGraph: -1}},
		`Options.Platforms.Target has the OS "linux" and the architecture "": a platform needs both`: {
			Platforms: llbconv.Platforms{Target: &ocispecs.Platform{OS: "linux"}},
		},
		`Options.Platforms.Build[1] has the OS "" and the architecture "": a platform needs both`: {
			Platforms: llbconv.Platforms{Build: []ocispecs.Platform{{OS: "linux", Architecture: "arm64"}, {}}},
		},
		"Options.Exec.Network is 7, which is not a network mode":        {Exec: llbconv.Exec{Network: 7}},
		`Options.Exec.ExtraHosts[1], "b", has no address`:               {Exec: llbconv.Exec{ExtraHosts: []llb.HostIP{{Host: "a", IP: net.IPv4zero}, {Host: "b"}}}},
		"Options.Daemon.ResolveMode is -3, which is not a resolve mode": {Daemon: llbconv.Daemon{ResolveMode: -3}},
	} {
		result, diags := llbconv.Convert(t.Context(), file, llbconv.Sources{}, opt)
		if err := diags.Err(); result != nil || err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestSeveralOptionsAreWrong(t *testing.T) {
	file, _ := llbconv.Parse([]byte("FROM scratch\n"), nil)
	_, diags := llbconv.Convert(t.Context(), file, llbconv.Sources{}, llbconv.Options{Daemon: llbconv.Daemon{MaxGraph: -1}, Exec: llbconv.Exec{Network: 7}})
	if err := diags.Err(); err == nil || !strings.Contains(err.Error(), "MaxGraph") || !strings.Contains(err.Error(), "Network") {
		t.Errorf("error %v", err)
	}
}

func TestNoFile(t *testing.T) {
	_, diags := llbconv.Convert(t.Context(), nil, llbconv.Sources{}, llbconv.Options{})
	if err := diags.Err(); err == nil || !strings.HasPrefix(err.Error(), "there is no file to convert") {
		t.Errorf("error %v", err)
	}
}

// A proxy of the options reaches the commands, unless build args set one.
func TestProxy(t *testing.T) {
	for given, want := range map[string]string{"": "option", "arg": "arg"} {
		args := map[string]string{}
		if given != "" {
			args["HTTP_PROXY"] = given
		}
		file, _ := llbconv.Parse([]byte("FROM scratch\nRUN a\n"), nil)
		result, diags := llbconv.Convert(t.Context(), file, llbconv.Sources{}, llbconv.Options{
			BuildArgs: args,
			Exec:      llbconv.Exec{Proxy: &llb.ProxyEnv{HTTPProxy: "option"}},
		})
		def, err := result.Marshal(t.Context())
		if err := errors.Join(err, diags.Err()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(dump(def), `httpProxy: "`+want+`"`) {
			t.Errorf("the build arg %q:\n%s", given, dump(def))
		}
	}
}
