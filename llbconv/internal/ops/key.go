package ops

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Key is what the cache key of an op is made of; see the CacheMap methods in
// BuildKit's solver/llbsolver/ops. Names that are shown and source positions are
// no part of it, nor are the values of proxies, the addresses of extra hosts and
// the ids of caches.
type Key struct {
	Parts []KeyPart
	// Platform is the platform of the op, nil for that of the build. It counts where
	// HasPlatform is set.
	Platform    *ocispecs.Platform
	HasPlatform bool
	// Base is the filesystem that the op changes, nil for none. The op depends on
	// the steps that made it.
	Base llb.Output
	// Reads are the filesystems of which only the content counts.
	Reads []Read
}

// A KeyPart is a part of a cache key that the op itself holds.
type KeyPart struct {
	Kind KeyKind
	// Name tells the parts of a kind apart.
	Name string
	// Value is the part in a canonical form.
	Value string
}

// KeyKind says where a part of a cache key comes from.
type KeyKind string

// The kinds of parts.
const (
	KeyText      KeyKind = "text"      // the instruction
	KeyVariable  KeyKind = "variable"  // ENV and ARG
	KeyMount     KeyKind = "mount"     // a mount of RUN, by its target
	KeyClient    KeyKind = "client"    // an option of the client
	KeyBase      KeyKind = "base"      // an image, by its name
	KeyFreshness KeyKind = "freshness" // a flag that makes a step run again
	// KeyEnvironment is a variable of an image. It is no part of a key, and the same
	// where the image is.
	KeyEnvironment KeyKind = "environment"
)

// A Read says which files of a filesystem an op reads. The fields mean what they
// mean in LLB.
type Read struct {
	From             llb.Output
	Path             string
	Include, Exclude []string
	Wildcard, Follow bool
	// BySteps is set where not the content counts, but the steps that made it.
	BySteps bool
}

// Key returns what the cache key of the op is made of.
func (op *Op) Key() Key { return op.operation.key() }

func (i image) key() Key {
	name, digest, _ := strings.Cut(i.ref, "@")
	return Key{Parts: []KeyPart{{KeyBase, name, digest}}, Platform: &i.platform, HasPlatform: true}
}

func (m merge) key() Key {
	key := Key{Base: m.layers[0]}
	for _, l := range m.layers[1:] {
		key.Reads = append(key.Reads, Read{From: l, Path: "/"})
	}
	return key
}

func (f File) key() Key {
	key := Key{Base: f.Base}
	for _, a := range f.actions {
		if a.salt {
			continue
		}
		message := a.message(a.owner.message(int64(pb.Empty)))
		if c := message.GetCopy(); c != nil {
			key.Reads = append(key.Reads, Read{
				From:     a.source,
				Path:     c.Src,
				Include:  c.IncludePatterns,
				Exclude:  c.ExcludePatterns,
				Wildcard: c.AllowWildcard,
				Follow:   c.FollowSymlink,
			})
			c.Src = path.Base(c.Src) // the folder that files come from does not count
		}
		key.Parts = append(key.Parts, KeyPart{KeyText, "files", canonical(message)})
	}
	return key
}

func (e *Exec) key() Key {
	key := Key{Base: e.Root, Platform: e.Platform, HasPlatform: true, Parts: []KeyPart{
		{KeyText, "command", canonical(e.Args)},
		{KeyText, "directory", e.Dir},
		{KeyText, "user", e.User},
		{KeyText, "security", e.Security.String()},
		{KeyClient, "network", e.Network.String()},
		{KeyClient, "hostname", e.Hostname},
		{KeyClient, "add-host", canonical(hostNames(e.ExtraHosts))},
		{KeyClient, "ulimit", canonical(e.Ulimits)},
		{KeyClient, "cgroup-parent", e.CgroupParent},
		{KeyClient, "device", canonical(e.Devices)},
	}}
	var order []string
	for _, pair := range e.Env {
		name, value, _ := strings.Cut(pair, "=")
		order = append(order, name)
		key.Parts = append(key.Parts, KeyPart{KeyVariable, name, value})
	}
	key.Parts = append(key.Parts, KeyPart{KeyVariable, "", strings.Join(order, " ")})
	for _, m := range e.Mounts {
		if m.Target == pb.RootMount {
			continue
		}
		key.Parts = append(key.Parts, KeyPart{KeyMount, m.Target, canonical(m.keyed())})
		if m.From != nil {
			key.Reads = append(key.Reads, m.read())
		}
	}
	for _, m := range append(append([]*pb.Mount(nil), e.Secrets...), e.SSH...) {
		key.Parts = append(key.Parts, KeyPart{KeyMount, m.Dest, canonical(m)})
	}
	for _, s := range e.SecretEnv {
		key.Parts = append(key.Parts, KeyPart{KeyMount, "env " + s.Name, canonical(s)})
	}
	return key
}

// keyed is what counts of a mount besides its content. Of cache ids only the one
// that a cache has by default counts.
func (m Mount) keyed() any {
	id := ""
	if m.Cache != nil && m.Cache.Sharing == pb.CacheSharingOpt_SHARED && isDefaultCacheID(m) {
		id = m.Cache.ID
	}
	return struct {
		Type                       string
		Readonly, HasOutput, Empty bool
		CacheID                    string
		TmpfsSize                  int64
	}{m.Type.String(), m.Readonly, m.hasOutput(), m.From == nil, id, m.Tmpfs.GetSize()}
}

// isDefaultCacheID reports whether the id of a cache is its target, behind a
// namespace.
func isDefaultCacheID(m Mount) bool {
	_, id, ok := strings.Cut(m.Cache.ID, "/")
	return m.Cache.ID == m.Target || ok && id == m.Target
}

// read is what a command reads of a mount. Where it can write to a part of the
// filesystem and others read that, BuildKit does not compare the content.
func (m Mount) read() Read {
	selected := path.Join("/", m.Selector)
	return Read{From: m.From, Path: selected, BySteps: m.hasOutput() && selected != "/"}
}

func hostNames(list []llb.HostIP) (names []string) {
	for _, h := range list {
		names = append(names, h.Host)
	}
	return names
}

// canonical is a value as JSON. The values here can always be encoded.
func canonical(v any) string {
	dt, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(dt)
}
