package options

import (
	"strings"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// probe is a RUN that records its environment.
const probe = `FROM busybox AS probe
ARG CASE
WORKDIR /seen
RUN hostname > hostname; cat /etc/hosts > hosts; ulimit -n > nofile; df -k /dev/shm > shm; \
    ls /sys/class/net > net; \
    env | grep -i _proxy | sort > proxy; \
    cd /sys/fs/cgroup; \
    for f in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_period_us \
        cpu/cpu.cfs_quota_us cpuset/cpuset.cpus cpuset/cpuset.mems memory.max memory.swap.max cpu.weight cpu.max cpuset.cpus cpuset.mems; do \
        [ ! -e $f ] || echo "$f $(cat $f)" >> /seen/limits; \
    done
FROM scratch
COPY --from=probe /seen /
`

// limit returns one of the resource limits, which have other names on a machine
// with cgroup v2.
func limit(names ...string) func(*outcome) string {
	return func(o *outcome) string {
		var seen []string
		for line := range strings.Lines(o.files["/limits"]) {
			for _, name := range names {
				if strings.HasPrefix(line, name+" ") {
					seen = append(seen, line)
				}
			}
		}
		return strings.Join(seen, "") + o.failure()
	}
}

var execThemes = []theme{{
	name:  "exec",
	files: scenario.Files{"Dockerfile": probe},
	effects: []effect{
		{option: "hostname", with: []change{scenario.Option("hostname", "builder")}, see: file("/hostname")},
		{option: "build-arg:BUILDKIT_SANDBOX_HOSTNAME", with: []change{scenario.Option("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "builder")}, see: file("/hostname")},
		{option: "add-hosts", with: []change{scenario.Option("add-hosts", "one=10.0.0.1,two=fd00::2")}, see: file("/hosts")},
		{option: "shm-size", with: []change{scenario.Option("shm-size", "1048576")}, see: file("/shm")},
		{option: "ulimit", with: []change{scenario.Option("ulimit", "nofile=321:654")}, see: file("/nofile")},
		{option: "force-network-mode", with: []change{scenario.Option("force-network-mode", "none")}, see: file("/net")},
		{option: "memory", with: []change{scenario.Option("memory", "104857600")}, see: limit("memory/memory.limit_in_bytes", "memory.max")},
		{
			option: "memswap", with: []change{scenario.Option("memory", "104857600"), scenario.Option("memswap", "209715200")},
			see: limit("memory/memory.memsw.limit_in_bytes", "memory.swap.max"),
		},
		{option: "cpushares", with: []change{scenario.Option("cpushares", "512")}, see: limit("cpu/cpu.shares", "cpu.weight")},
		{option: "cpuperiod", with: []change{scenario.Option("cpuperiod", "50000")}, see: limit("cpu/cpu.cfs_period_us", "cpu.max")},
		{option: "cpuquota", with: []change{scenario.Option("cpuquota", "45000")}, see: limit("cpu/cpu.cfs_quota_us", "cpu.max")},
		{option: "cpusetcpus", with: []change{scenario.Option("cpusetcpus", "0")}, see: limit("cpuset/cpuset.cpus", "cpuset.cpus")},
		{option: "build-arg:HTTP_PROXY", with: []change{scenario.Option("build-arg:HTTP_PROXY", "http://p:1")}, see: file("/proxy")},
		{option: "build-arg:HTTPS_PROXY", with: []change{scenario.Option("build-arg:https_proxy", "http://p:2")}, see: file("/proxy")},
		{option: "build-arg:FTP_PROXY", with: []change{scenario.Option("build-arg:FTP_PROXY", "http://p:3")}, see: file("/proxy")},
		{option: "build-arg:NO_PROXY", with: []change{scenario.Option("build-arg:NO_PROXY", "localhost")}, see: file("/proxy")},
		{option: "build-arg:ALL_PROXY", with: []change{scenario.Option("build-arg:ALL_PROXY", "http://p:4")}, see: file("/proxy")},
	},
}}
