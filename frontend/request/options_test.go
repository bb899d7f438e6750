package request

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// uiOf is a request with frontend options.
func uiOf(t *testing.T, options difftest.Options) (*dockerui.Client, *difftest.Gateway) {
	t.Helper()
	gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n"), Options: options})
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		t.Fatal(err)
	}
	return ui, gw
}

func policyOf(t *testing.T, ui *dockerui.Client) llbconv.CachePolicy {
	t.Helper()
	policy, err := CachePolicy(ui, time.Unix(1, 0), "id")
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// fields returns the options and those of the structs in them by name, and what
// NoCache returns for some stages.
func fields(opt llbconv.Options) map[string]any {
	out := map[string]any{}
	for prefix, of := range map[string]any{
		"": opt, "Exec.": opt.Exec, "Daemon.": opt.Daemon, "Platforms.": opt.Platforms, "CachePolicy.": opt.CachePolicy,
	} {
		v := reflect.ValueOf(of)
		for i := range v.NumField() {
			out[prefix+v.Type().Field(i).Name] = v.Field(i).Interface()
		}
	}
	for _, name := range []string{"Exec", "Daemon", "Platforms", "CachePolicy"} {
		delete(out, name)
	}
	noCache := opt.CachePolicy.NoCache
	out["CachePolicy.NoCache"] = fmt.Sprint(noCache("a"), noCache("B"), noCache(""))
	return out
}

// Each option of a client sets its field, and no other.
func TestOptions(t *testing.T) {
	base, _ := uiOf(t, difftest.Options{})
	plain := fields(Options(base, nil, nil, policyOf(t, base)))
	for option, want := range map[string]string{
		"target=t":                            "Target=t",
		"multi-platform=true":                 "Platforms.MultiPlatform=true",
		"build-arg:A=1":                       "BuildArgs=map[A:1]",
		"label:L=2":                           "Labels=map[L:2]",
		"no-cache=":                           "CachePolicy.NoCache=true true true",
		"no-cache=b":                          "CachePolicy.NoCache=false true false",
		"image-resolve-mode=pull":             "Daemon.ResolveMode=pull",
		"image-resolve-mode=local":            "Daemon.ResolveMode=local",
		"build-arg:BUILDKIT_CACHE_MOUNT_NS=n": "BuildArgs=map[BUILDKIT_CACHE_MOUNT_NS:n] Daemon.CacheNamespace=n",
		"hostname=h":                          "Exec.Hostname=h",
		"add-hosts=a=10.0.0.1":                "Exec.ExtraHosts=[{a 10.0.0.1}]",
		"shm-size=1024":                       "Exec.ShmSize=1024",
		"ulimit=nofile=3:4":                   `Exec.Ulimits=[Name:"nofile" Soft:3 Hard:4]`,
		"cgroup-parent=c":                     "Exec.CgroupParent=c",
		"cpuperiod=5":                         "Exec.Resources=cpuPeriod:5",
		"force-network-mode=host":             "Exec.Network=HOST",
		"force-network-mode=none":             "Exec.Network=NONE",
		"unheard=of":                          "",
	} {
		key, value, _ := strings.Cut(option, "=")
		ui, _ := uiOf(t, difftest.Options{Opts: map[string]string{key: value}})
		got := fields(Options(ui, nil, nil, policyOf(t, ui)))
		var changed []string
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if !reflect.DeepEqual(got[name], plain[name]) {
				changed = append(changed, fmt.Sprint(name, "=", got[name]))
			}
		}
		if text := strings.Join(strings.Fields(strings.Join(changed, " ")), " "); text != want {
			t.Errorf("%s: changed %s, want %s", option, text, want)
		}
	}
}

// The platform and the policy come with the call, the capabilities of the
// daemon from the gateway.
func TestOptionsOfABuild(t *testing.T) {
	ui, _ := uiOf(t, difftest.Options{BuildPlatform: "linux/arm64", Caps: []string{"mergeop"}})
	p := platforms.MustParse("linux/s390x")
	opt := Options(ui, nil, &p, policyOf(t, ui))
	if policy := opt.CachePolicy; opt.Platforms.Target != &p || policy.BuildID != "id" || policy.Now != time.Unix(1, 0) {
		t.Errorf("platform %v, policy %+v", opt.Platforms.Target, policy)
	}
	if len(opt.Platforms.Build) != 1 || opt.Platforms.Build[0].Architecture != "arm64" {
		t.Errorf("the daemon's platforms are %v", opt.Platforms.Build)
	}
	if opt.Daemon.Caps.Supports(pb.CapMergeOp) == nil || opt.Daemon.Caps.Supports(pb.CapFileBase) != nil {
		t.Error("the capabilities are not the daemon's")
	}
}

func TestCachePolicy(t *testing.T) {
	now := time.Unix(1000, 0)
	for value, want := range map[string]string{
		"":      "",
		"keep":  "keep",
		"Keep":  "invalid build arg STRATA_CACHE_MOUNTS=Keep (the only value is keep)",
		"false": "invalid build arg STRATA_CACHE_MOUNTS=false (the only value is keep)",
	} {
		ui, _ := uiOf(t, difftest.Options{BuildArgs: map[string]string{"STRATA_CACHE_MOUNTS": value}})
		f, err := CachePolicy(ui, now, "id")
		got := map[bool]string{true: "keep"}[f.KeepCacheMounts]
		if err != nil {
			got = err.Error()
		}
		if got != want || f.Now != now || f.BuildID != "id" {
			t.Errorf("%q: %s, want %s (%+v)", value, got, want, f)
		}
	}
}
