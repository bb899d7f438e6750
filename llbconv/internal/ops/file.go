package ops

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
)

// A File changes a filesystem without a command. Its actions run in order.
type File struct {
	// Base is the filesystem to change; nil is the empty one.
	Base    llb.Output
	actions []action
}

// An action is one change.
type action struct {
	source llb.Output // what a copy reads, nil for others
	owner  *Owner
	// message makes the action for an owner.
	message func(*pb.ChownOpt) *pb.FileAction
	caps    []apicaps.CapID
	text    int // bytes of content
	salt    bool
}

// An Owner is a user and a group, each a name or a number.
type Owner struct{ user, group *pb.UserOpt }

// ParseOwner parses user[:group]. An empty group counts as none.
func ParseOwner(s string) *Owner {
	user, group, _ := strings.Cut(s, ":")
	o := &Owner{user: parseUser(user)}
	if group != "" {
		o.group = parseUser(group)
	}
	return o
}

// Named reports whether the user or the group is a name, so that it has to be
// looked up in a filesystem.
func (o *Owner) Named() bool {
	return o != nil && (o.user.GetByName() != nil || o.group.GetByName() != nil)
}

// ID is a user and a group by number.
func ID(uid, gid int) *Owner {
	return &Owner{user: userID(uint32(uid)), group: userID(uint32(gid))}
}

func parseUser(s string) *pb.UserOpt {
	if s == "root" || s == "" {
		return userID(0)
	}
	if id, err := strconv.ParseInt(s, 10, 32); err == nil {
		return userID(uint32(int32(id)))
	}
	return &pb.UserOpt{User: &pb.UserOpt_ByName{ByName: &pb.NamedUserOpt{Name: s, Input: int64(pb.Empty)}}}
}

func userID(id uint32) *pb.UserOpt {
	return &pb.UserOpt{User: &pb.UserOpt_ByID{ByID: id}}
}

// message is the owner in the form of an action. Names are looked up in the input
// with the index base.
func (o *Owner) message(base int64) *pb.ChownOpt {
	if o == nil {
		return nil
	}
	opt := &pb.ChownOpt{User: o.user.CloneVT(), Group: o.group.CloneVT()}
	for _, u := range []*pb.UserOpt{opt.User, opt.Group} {
		if named := u.GetByName(); named != nil {
			named.Input = base
		}
	}
	return opt
}

// Mkdir makes a directory. parents also makes the parents that are missing.
func (f *File) Mkdir(name string, mode uint32, parents bool, owner *Owner, created *time.Time) {
	f.actions = append(f.actions, action{owner: owner, message: func(o *pb.ChownOpt) *pb.FileAction {
		return &pb.FileAction{Action: &pb.FileAction_Mkdir{Mkdir: &pb.FileActionMkDir{
			Path:        absolute(name, false),
			Mode:        int32(mode & 0o777),
			MakeParents: parents,
			Owner:       o,
			Timestamp:   timestamp(created),
		}}}
	}})
}

// Mkfile makes a file.
func (f *File) Mkfile(name string, mode uint32, data []byte) {
	f.actions = append(f.actions, action{text: len(data), message: func(*pb.ChownOpt) *pb.FileAction {
		return &pb.FileAction{Action: &pb.FileAction_Mkfile{Mkfile: &pb.FileActionMkFile{
			Path:      absolute(name, false),
			Mode:      int32(mode & 0o777),
			Data:      data,
			Timestamp: -1,
		}}}
	}})
}

// Salt makes the cache key of the op depend on a name: the op removes a file of that
// name, which does not exist. Key leaves it out.
func (f *File) Salt(name string) {
	f.actions = append(f.actions, action{salt: true, message: func(*pb.ChownOpt) *pb.FileAction {
		return &pb.FileAction{Action: &pb.FileAction_Rm{Rm: &pb.FileActionRm{
			Path:          absolute(name, false),
			AllowNotFound: true,
		}}}
	}})
}

// A Copy copies files from another filesystem. Its fields are those of
// pb.FileActionCopy.
type Copy struct {
	Source, Destination                        string
	Include, Exclude, Required                 []string
	Mode                                       int32  // -1 keeps the permissions
	ModeSymbols                                string // such as u+x, instead of Mode
	FollowSymlink, DirContents, Unpack         bool
	Wildcard, EmptyWildcard, CreateDestination bool
}

// Copy copies from another filesystem.
func (f *File) Copy(from llb.Output, owner *Owner, c Copy) {
	f.actions = append(f.actions, action{source: from, owner: owner, caps: c.needs(), message: func(o *pb.ChownOpt) *pb.FileAction {
		return &pb.FileAction{Action: &pb.FileAction_Copy{Copy: &pb.FileActionCopy{
			Src:                              absolute(c.Source, false),
			Dest:                             absolute(c.Destination, true),
			Owner:                            o,
			Mode:                             c.Mode,
			ModeStr:                          c.ModeSymbols,
			FollowSymlink:                    c.FollowSymlink,
			DirCopyContents:                  c.DirContents,
			AttemptUnpackDockerCompatibility: c.Unpack,
			CreateDestPath:                   c.CreateDestination,
			AllowWildcard:                    c.Wildcard,
			AllowEmptyWildcard:               c.EmptyWildcard,
			IncludePatterns:                  c.Include,
			ExcludePatterns:                  c.Exclude,
			RequiredPaths:                    c.Required,
			Timestamp:                        -1,
		}}}
	}})
}

// needs lists the capabilities that a copy needs. A daemon without one of them
// would copy other files, and has to refuse the op.
func (c Copy) needs() (ids []apicaps.CapID) {
	if len(c.Include)+len(c.Exclude) > 0 {
		ids = append(ids, pb.CapFileCopyIncludeExcludePatterns)
	}
	if len(c.Required) > 0 {
		ids = append(ids, pb.CapFileCopyRequiredPaths)
	}
	return ids
}

// Op makes the op.
func (f File) Op(m Meta) *Op { return &Op{operation: f, meta: m} }

// reads lists the base, then the sources of the actions, the last one first.
func (f File) reads() []llb.Output {
	outputs := make([]llb.Output, 0, 1+len(f.actions))
	outputs = append(outputs, f.Base)
	for _, a := range slices.Backward(f.actions) {
		outputs = append(outputs, a.source)
	}
	return distinct(outputs...)
}

// fill makes a chain of the actions: the first changes the base, each other one
// changes the result of the action before it. The index of a result follows those
// of the inputs.
func (f File) fill(message *pb.Op, in *inputs) {
	base := in.index(f.Base)
	sources := make([]int64, len(f.actions))
	for i, a := range f.actions {
		sources[i] = in.index(a.source)
	}
	op := &pb.FileOp{Actions: make([]*pb.FileAction, len(f.actions))}
	input := base
	for i, a := range f.actions {
		fa := a.message(a.owner.message(base))
		fa.Input, fa.SecondaryInput, fa.Output = input, sources[i], int64(pb.SkipOutput)
		op.Actions[i] = fa
		input = int64(len(in.list) + i)
	}
	op.Actions[len(op.Actions)-1].Output = 0
	message.Op = &pb.Op_File{File: op}
}

func (f File) need(caps capabilities) {
	caps.add(pb.CapFileBase)
	for _, a := range f.actions {
		for _, id := range a.caps {
			caps.add(id)
		}
	}
}

func (f File) usage() (u usage) {
	for _, a := range f.actions {
		u.text += a.text
	}
	return u
}

// absolute returns a path from the root. keepSlash keeps a trailing slash, which
// makes a destination a directory.
func absolute(p string, keepSlash bool) string {
	clean := p
	if !path.IsAbs(p) {
		clean = "/" + p
	}
	clean = path.Clean(clean)
	if !keepSlash {
		return clean
	}
	switch {
	case strings.HasSuffix(p, "/") && clean != "/":
		return clean + "/"
	case strings.HasSuffix(p, "/.") && clean == "/":
		return "/."
	case strings.HasSuffix(p, "/."):
		return clean + "/."
	}
	return clean
}

func timestamp(t *time.Time) int64 {
	if t == nil {
		return -1
	}
	return t.UnixNano()
}
