package ops

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// An Exec runs a command.
type Exec struct {
	Args, Env                         []string
	Dir, User, Hostname, CgroupParent string
	Network                           pb.NetMode
	Security                          pb.SecurityMode
	Proxy                             *llb.ProxyEnv
	ExtraHosts                        []llb.HostIP
	Ulimits                           []*pb.Ulimit
	Devices                           []*pb.CDIDevice
	// Root is the filesystem that the command runs on and changes.
	Root    llb.Output
	Mounts  []Mount
	Secrets []*pb.Mount
	// Salt is a secret that no client has: only its id counts. Key leaves it out.
	Salt *pb.Mount
	// SecretEnv are secrets that the command gets as variables.
	SecretEnv []*pb.SecretEnv
	SSH       []*pb.Mount
	// Platform is the platform of the root filesystem, nil if it has none.
	Platform *ocispecs.Platform
	// SetsPath makes the daemon set a default PATH.
	SetsPath bool
}

// A Mount is a mount of a command.
type Mount struct {
	// From is the filesystem to mount, nil for an empty directory. Selector is a
	// path in it.
	From     llb.Output
	Selector string
	Target   string
	Type     pb.MountType
	Readonly bool
	// Discard drops the changes that the command makes.
	Discard bool
	Cache   *pb.CacheOpt
	Tmpfs   *pb.TmpfsOpt
	// Option is the option of the client that asks for the mount, empty if the
	// instruction does.
	Option string
}

// Op makes the op. Its output is the root filesystem after the command.
func (e Exec) Op(m Meta) *Op {
	// BuildKit wants the mounts in the order of their targets, with the root
	// filesystem among them.
	mounts := make([]Mount, 0, 1+len(e.Mounts))
	mounts = append(mounts, Mount{From: e.Root, Target: pb.RootMount})
	e.Mounts = append(mounts, e.Mounts...)
	slices.SortFunc(e.Mounts, func(a, b Mount) int { return strings.Compare(a.Target, b.Target) })
	op := &Op{operation: &e, meta: m}
	for _, mount := range e.Mounts {
		if mount.Target == pb.RootMount {
			break
		}
		if mount.hasOutput() {
			op.index++
		}
	}
	return op
}

// hasOutput reports whether other ops can read the mount after the command.
func (m Mount) hasOutput() bool {
	return !m.Discard && !m.Readonly && m.Type == pb.MountType_BIND
}

func (e *Exec) reads() []llb.Output {
	outputs := make([]llb.Output, len(e.Mounts))
	for i, m := range e.Mounts {
		outputs[i] = m.From
	}
	return distinct(outputs...)
}

func (e *Exec) fill(message *pb.Op, in *inputs) {
	exec := &pb.ExecOp{
		Meta: &pb.Meta{
			Args: e.Args, Env: e.Env, Cwd: e.Dir, User: e.User,
			Hostname:                  e.Hostname,
			CgroupParent:              e.CgroupParent,
			Ulimit:                    e.Ulimits,
			ExtraHosts:                hosts(e.ExtraHosts),
			ProxyEnv:                  proxy(e.Proxy),
			RemoveMountStubsRecursive: true,
		},
		Network:    e.Network,
		Security:   e.Security,
		Secretenv:  e.SecretEnv,
		CdiDevices: e.Devices,
		Mounts:     make([]*pb.Mount, 0, len(e.Mounts)+len(e.Secrets)+1+len(e.SSH)),
	}
	outputs := int64(0)
	for _, m := range e.Mounts {
		mount := m.message(in)
		if m.hasOutput() {
			mount.Output = outputs
			outputs++
		}
		exec.Mounts = append(exec.Mounts, mount)
	}
	exec.Mounts = append(exec.Mounts, e.Secrets...)
	if e.Salt != nil {
		exec.Mounts = append(exec.Mounts, e.Salt)
	}
	exec.Mounts = append(exec.Mounts, e.SSH...)
	message.Op = &pb.Op_Exec{Exec: exec}
	message.Platform = in.platform(e.Platform)
}

func (m Mount) message(in *inputs) *pb.Mount {
	return &pb.Mount{
		Input:     in.index(m.From),
		Output:    int64(pb.SkipOutput),
		Dest:      m.Target,
		Selector:  m.Selector,
		Readonly:  m.Readonly,
		MountType: m.Type,
		CacheOpt:  m.Cache,
		TmpfsOpt:  m.Tmpfs,
	}
}

func (e *Exec) need(caps capabilities) {
	caps.add(pb.CapExecMetaBase)
	for _, c := range [...]struct {
		id     apicaps.CapID
		needed bool
	}{
		{pb.CapExecMetaSetsDefaultPath, e.SetsPath},
		{pb.CapExecMetaUlimit, len(e.Ulimits) > 0},
		{pb.CapExecMetaNetwork, e.Network != pb.NetMode_UNSET},
		{pb.CapExecMetaSecurity, e.Security == pb.SecurityMode_INSECURE},
		{pb.CapExecMetaProxy, e.Proxy != nil},
		{pb.CapExecMountSecret, len(e.Secrets)+len(e.SecretEnv) > 0 || e.Salt != nil},
		{pb.CapExecSecretEnv, len(e.SecretEnv) > 0},
		{pb.CapExecMountSSH, len(e.SSH) > 0},
		{pb.CapExecMetaCDI, len(e.Devices) > 0},
	} {
		if c.needed {
			caps.add(c.id)
		}
	}
	for _, m := range e.Mounts {
		m.need(caps)
	}
}

func (m Mount) need(caps capabilities) {
	if m.Selector != "" {
		caps.add(pb.CapExecMountSelector)
	}
	switch {
	case m.Type == pb.MountType_CACHE:
		caps.add(pb.CapExecMountCache)
		caps.add(pb.CapExecMountCacheSharing)
	case m.Type == pb.MountType_TMPFS:
		caps.add(pb.CapExecMountTmpfs)
		if m.Tmpfs.GetSize() > 0 {
			caps.add(pb.CapExecMountTmpfsSize)
		}
	case m.From != nil:
		caps.add(pb.CapExecMountBind)
	}
}

func (e *Exec) usage() usage {
	return usage{env: lengths(e.Env), text: lengths(e.Args), commands: 1}
}

// Secret is a secret as a file.
func Secret(target string, opt *pb.SecretOpt) *pb.Mount {
	return &pb.Mount{Input: int64(pb.Empty), Dest: target, MountType: pb.MountType_SECRET, SecretOpt: opt}
}

// SSH is the socket of the n-th SSH agent of a command. An empty target stands for
// BuildKit's default path.
func SSH(n int, target string, opt *pb.SSHOpt) *pb.Mount {
	if target == "" {
		target = "/run/buildkit/ssh_agent." + strconv.Itoa(n)
	}
	return &pb.Mount{Input: int64(pb.Empty), Dest: target, MountType: pb.MountType_SSH, SSHOpt: opt}
}

func hosts(list []llb.HostIP) []*pb.HostIP {
	var out []*pb.HostIP
	for _, h := range list {
		out = append(out, &pb.HostIP{Host: h.Host, IP: h.IP.String()})
	}
	return out
}

func proxy(p *llb.ProxyEnv) *pb.ProxyEnv {
	if p == nil {
		return nil
	}
	return &pb.ProxyEnv{
		HttpProxy:  p.HTTPProxy,
		HttpsProxy: p.HTTPSProxy,
		FtpProxy:   p.FTPProxy,
		NoProxy:    p.NoProxy,
		AllProxy:   p.AllProxy,
	}
}
