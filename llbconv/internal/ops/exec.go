package ops

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// An Exec runs a command.
type Exec struct {
	Meta
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
	Mounts  []*Mount
	Secrets []*pb.Mount
	// SecretEnv are secrets that the command gets as variables.
	SecretEnv []*pb.SecretEnv
	SSH       []*pb.Mount
	// Platform is that of the root filesystem, nil where it has none.
	Platform *ocispecs.Platform
	// SetsPath is set where the builder sets a default PATH by itself.
	SetsPath bool
}

// A Mount makes files appear in a command's filesystem.
type Mount struct {
	// From is what is mounted; nil is an empty directory.
	From llb.Output
	// Mount has everything but the indexes of input and output.
	pb.Mount
	// Discard drops what the command writes to the mount.
	Discard bool
}

// Op makes the op. Its output is the root filesystem after the command.
func (e Exec) Op() *Op {
	op := newOp(e.Meta, e.caps())
	op.platform = e.Platform
	made := &execSpace{}
	meta, exec := &made.meta, &made.exec
	meta.Args, meta.Env, meta.Cwd, meta.User = e.Args, e.Env, e.Dir, e.User
	meta.Hostname, meta.CgroupParent = e.Hostname, e.CgroupParent
	meta.RemoveMountStubsRecursive = true
	meta.Ulimit, meta.ExtraHosts, meta.ProxyEnv = e.Ulimits, hosts(e.ExtraHosts), proxy(e.Proxy)
	exec.Meta = meta
	exec.Network, exec.Security = e.Network, e.Security
	exec.Secretenv, exec.CdiDevices = e.SecretEnv, e.Devices
	made.op.Exec = exec
	op.proto.Op = &made.op
	e.addMounts(op, made)
	return op
}

// execSpace is one allocation for what every exec has.
type execSpace struct {
	op     pb.Op_Exec
	exec   pb.ExecOp
	meta   pb.Meta
	root   Mount
	mounts [2]*pb.Mount
}

// addMounts adds the mounts in the order of their targets, with the root
// filesystem among them. Those that can be written get an output each.
func (e Exec) addMounts(op *Op, made *execSpace) {
	var few [4]*Mount
	root, exec := &made.root, &made.exec
	root.From, root.Dest = e.Root, pb.RootMount
	mounts := append(append(few[:0], root), e.Mounts...)
	slices.SortFunc(mounts, func(a, b *Mount) int { return strings.Compare(a.Dest, b.Dest) })

	exec.Mounts = made.mounts[:0]
	outputs := int64(0)
	for _, m := range mounts {
		m.Input, m.Output = int64(pb.Empty), int64(pb.SkipOutput)
		if m.From != nil {
			op.read(m.From, &m.Input)
		}
		if m == root {
			op.index = outputs
		}
		if !m.Discard && !m.Readonly && m.MountType == pb.MountType_BIND {
			m.Output = outputs
			outputs++
		}
		exec.Mounts = append(exec.Mounts, &m.Mount)
	}
	exec.Mounts = append(append(exec.Mounts, e.Secrets...), e.SSH...)
}

func (e Exec) caps() caps {
	c := need(pb.CapExecMetaBase)
	c.add(e.SetsPath, pb.CapExecMetaSetsDefaultPath)
	c.add(len(e.Ulimits) > 0, pb.CapExecMetaUlimit)
	c.add(e.Resources != nil, pb.CapExecMetaLinuxResources)
	c.add(e.Network != pb.NetMode_UNSET, pb.CapExecMetaNetwork)
	c.add(e.Security == pb.SecurityMode_INSECURE, pb.CapExecMetaSecurity)
	c.add(e.Proxy != nil, pb.CapExecMetaProxy)
	c.add(e.Root != nil, pb.CapExecMountBind)
	c.add(len(e.Secrets)+len(e.SecretEnv) > 0, pb.CapExecMountSecret)
	c.add(len(e.SecretEnv) > 0, pb.CapExecSecretEnv)
	c.add(len(e.SSH) > 0, pb.CapExecMountSSH)
	c.add(len(e.Devices) > 0, pb.CapExecMetaCDI)
	for _, m := range e.Mounts {
		c |= m.caps()
	}
	return c
}

func (m *Mount) caps() caps {
	var c caps
	c.add(m.Selector != "", pb.CapExecMountSelector)
	switch {
	case m.MountType == pb.MountType_CACHE:
		c |= need(pb.CapExecMountCache, pb.CapExecMountCacheSharing)
	case m.MountType == pb.MountType_TMPFS:
		c |= need(pb.CapExecMountTmpfs)
		c.add(m.TmpfsOpt.GetSize() > 0, pb.CapExecMountTmpfsSize)
	default:
		c.add(m.From != nil, pb.CapExecMountBind)
	}
	return c
}

// Secret is a secret as a file.
func Secret(target string, opt *pb.SecretOpt) *pb.Mount {
	return &pb.Mount{Input: int64(pb.Empty), Dest: target, MountType: pb.MountType_SECRET, SecretOpt: opt}
}

// SSH is the socket of an SSH agent, the n-th of a command. An empty target is
// a path that BuildKit has for it.
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
