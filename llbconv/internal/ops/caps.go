package ops

import (
	"sync"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
)

// caps is a set of capabilities that a builder needs for an op: a bit for each
// of capNames.
type caps uint32

var capNames = [...]apicaps.CapID{
	pb.CapSourceImage,
	pb.CapSourceImageResolveMode,
	pb.CapFileBase,
	pb.CapFileCopyIncludeExcludePatterns,
	pb.CapFileCopyRequiredPaths,
	pb.CapMergeOp,
	pb.CapExecMetaBase,
	pb.CapExecMetaCDI,
	pb.CapExecMetaLinuxResources,
	pb.CapExecMetaNetwork,
	pb.CapExecMetaProxy,
	pb.CapExecMetaSecurity,
	pb.CapExecMetaSetsDefaultPath,
	pb.CapExecMetaUlimit,
	pb.CapExecMountBind,
	pb.CapExecMountCache,
	pb.CapExecMountCacheSharing,
	pb.CapExecMountSecret,
	pb.CapExecMountSelector,
	pb.CapExecMountSSH,
	pb.CapExecMountTmpfs,
	pb.CapExecMountTmpfsSize,
	pb.CapExecSecretEnv,
}

// capOf has the bit of each name.
var capOf = func() map[apicaps.CapID]caps {
	m := make(map[apicaps.CapID]caps, len(capNames))
	for i, name := range capNames {
		m[name] = 1 << i
	}
	return m
}()

// need is the set of the capabilities given.
func need(names ...apicaps.CapID) caps {
	var c caps
	for _, name := range names {
		c |= capOf[name]
	}
	return c
}

// add adds a capability where it is used.
func (c *caps) add(used bool, name apicaps.CapID) {
	if used {
		*c |= capOf[name]
	}
}

// sets holds the sets that were asked for. Most ops of a build need the same.
var sets sync.Map // caps -> map[string]bool

// set is the form that op metadata has. It is shared and must not be changed.
func (c caps) set() map[string]bool {
	if known, ok := sets.Load(c); ok {
		return known.(map[string]bool)
	}
	m := map[string]bool{}
	for i, name := range capNames {
		if c&(1<<i) != 0 {
			m[string(name)] = true
		}
	}
	known, _ := sets.LoadOrStore(c, m)
	return known.(map[string]bool)
}
