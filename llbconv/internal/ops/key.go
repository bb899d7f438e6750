package ops

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Key holds what the cache key of an op is made of; see the CacheMap methods
// in BuildKit's solver/llbsolver/ops. Names, source positions, proxies, the
// addresses of extra hosts and most ids of caches are not part of it.
type Key struct {
	Parts []KeyPart
	// Platform is the platform of the op, nil for that of the build. It is part
	// of the key if HasPlatform is set.
	Platform    *ocispecs.Platform
	HasPlatform bool
	// Base is the filesystem that the op changes, nil for none. The key depends
	// on the steps that made it, or on its content if BaseByContent is set.
	Base          llb.Output
	BaseByContent bool
	// Reads are filesystems of which only the content is part of the key.
	Reads []Read
}

// A KeyPart is a part of a cache key that is in the op itself.
type KeyPart struct {
	Kind KeyKind
	// Name distinguishes the parts of a kind.
	Name string
	// Value is the part in a canonical form.
	Value string
}

// KeyKind is the origin of a part of a cache key.
type KeyKind string

// The kinds of parts.
const (
	KeyText      KeyKind = "text"      // the instruction
	KeyVariable  KeyKind = "variable"  // ENV and ARG
	KeyMount     KeyKind = "mount"     // a mount of RUN, by its target
	KeyClient    KeyKind = "client"    // an option of the client
	KeyBase      KeyKind = "base"      // an image, by its name
	KeyFreshness KeyKind = "freshness" // a flag that makes a step run again
	// KeyEnvironment is a variable of an image. It is not part of the key, as it
	// follows from the image.
	KeyEnvironment KeyKind = "environment"
	// KeyOrigin is a value from which other parts come. It is not part of the key.
	KeyOrigin KeyKind = "origin"
)

// A Read selects the files of a filesystem that an op reads. Its fields are
// those of LLB.
type Read struct {
	From             llb.Output
	Path             string
	Include, Exclude []string
	Wildcard, Follow bool
	// BySteps is set if the key depends on the steps that made the filesystem,
	// not on its content.
	BySteps bool
	// Writable is set if the op can change the files, for itself.
	Writable bool
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
			c.Src = path.Base(c.Src) // the directory of the source is not part of the key
		}
		key.Parts = append(key.Parts, KeyPart{KeyText, "files", canonical(message)})
	}
	return key
}

func (e *Exec) key() Key {
	byContent := e.inputsByContent()
	key := Key{Base: e.Root, BaseByContent: byContent[identity(e.Root)], Platform: e.Platform, HasPlatform: true, Parts: []KeyPart{
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
		part := KeyPart{KeyMount, m.Target, canonical(m.keyed())}
		if m.Option != "" {
			part.Kind, part.Name = KeyClient, m.Option
		}
		key.Parts = append(key.Parts, part)
		if m.From != nil {
			selected := path.Join("/", m.Selector)
			key.Reads = append(key.Reads, Read{From: m.From, Path: selected, Follow: true, BySteps: !byContent[identity(m.From)], Writable: !m.Readonly})
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

// keyed returns the properties of a mount in the key, besides its content. Of
// the ids of caches, only the default id is in the key.
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

// isDefaultCacheID reports whether the id of a cache is its target, after an
// optional namespace.
func isDefaultCacheID(m Mount) bool {
	_, id, ok := strings.Cut(m.Cache.ID, "/")
	return m.Cache.ID == m.Target || ok && id == m.Target
}

// inputsByContent reports for each input of the op, by its identity, whether BuildKit
// compares its content. If it has several mounts, the last of them decides; see
// getMountDeps in BuildKit.
func (e *Exec) inputsByContent() map[any]bool {
	content := map[any]bool{}
	for _, m := range e.Mounts {
		content[identity(m.From)] = m.byContent()
	}
	return content
}

// byContent reports whether BuildKit compares the content of what is mounted. It does
// not for the root, nor for a part of a filesystem that the command can change for
// later steps.
func (m Mount) byContent() bool {
	return m.Target != pb.RootMount && (!m.hasOutput() || path.Join("/", m.Selector) == "/")
}

// identity returns a value that is the same for all outputs that are one input of an op.
func identity(out llb.Output) any {
	if op, ok := out.(*Op); ok {
		if dgst := op.digest(); dgst != "" {
			return [2]any{dgst, op.index}
		}
	}
	return out
}

func hostNames(list []llb.HostIP) (names []string) {
	for _, h := range list {
		names = append(names, h.Host)
	}
	return names
}

// canonical returns a value as JSON. The values in this file can always be
// encoded.
func canonical(v any) string {
	dt, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(dt)
}
