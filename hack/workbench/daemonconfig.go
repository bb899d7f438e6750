package workbench

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// daemonToml is the configuration of a daemon. The stamp of the program stands
// in it so that a daemon built anew is also started anew.
func (s state) daemonToml(id, runc, registry, stamp string, o DaemonOptions) string {
	return fmt.Sprintf(`# Written by the workbench for build %.12s; changes are lost.
root = %q
insecure-entitlements = [%s]

[grpc]
  address = [%q]

[otel]
  socketPath = %q

[worker.oci]
  enabled = true
  binary = %q
  networkMode = "host"
%s
[worker.containerd]
  enabled = false

[registry."docker.io"]
  mirrors = [%q]

[registry.%q]
  http = true
  insecure = true

%s`, stamp, filepath.Join(s.daemon(id), "root"), entitlements(o.Version), "unix://"+s.socket(id),
		filepath.Join(s.daemon(id), "otel.sock"), runc, garbage(id), registry, registry, o.Config)
}

// garbage says what the garbage collector may drop. Its default frees
// everything when the machine's disk is filling up, and then nothing would be
// cached any more; the shared daemon gets a plain limit instead. A private one
// does not live long enough to need any.
func garbage(id string) string {
	if id != mainDaemon {
		return "  gc = false\n"
	}
	return `  gc = true
  [[worker.oci.gcpolicy]]
    all = true
    maxUsedSpace = "20GB"
`
}

// entitlements are what builds may ask for; a daemon does not start if it is
// given one that its version does not know.
func entitlements(version string) string {
	all := []string{`"network.host"`, `"security.insecure"`}
	if version == "" || semver.Compare(version, "v0.20.0") >= 0 {
		all = append(all, `"device"`)
	}
	return strings.Join(all, ", ")
}
