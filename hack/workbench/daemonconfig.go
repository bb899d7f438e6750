package workbench

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// toml returns the configuration of a daemon. It contains the stamp of the
// program, so that a daemon is restarted after its program was rebuilt.
func (d *Daemon) toml(runc, registry, stamp string, o DaemonOptions) string {
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

%s`, stamp, filepath.Join(d.dir, "root"), entitlements(o.Version), d.Addr(),
		filepath.Join(d.temp, "otel.sock"), runc, d.garbage(), registry, registry, o.Config)
}

// garbage returns the garbage collector's limit. By default the collector drops
// everything when the machine's disk is almost full, and then nothing would be
// cached; the shared daemon gets a fixed limit instead. A private daemon does not
// live long enough to need one.
func (d *Daemon) garbage() string {
	if d.scratch != nil {
		return "  gc = false\n"
	}
	return `  gc = true
  [[worker.oci.gcpolicy]]
    all = true
    maxUsedSpace = "20GB"
`
}

// entitlements are the entitlements that builds may request. A daemon does not
// start with one that its version does not know.
func entitlements(version string) string {
	all := []string{`"network.host"`, `"security.insecure"`}
	if version == "" || semver.Compare(version, "v0.20.0") >= 0 {
		all = append(all, `"device"`)
	}
	return strings.Join(all, ", ")
}
