package ops

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// A File changes a filesystem without running a command: its actions one after
// another.
type File struct {
	Meta
	// Base is the filesystem to change; nil is the empty one.
	Base    llb.Output
	actions []action
	caps    caps
}

// An action is one change, with what it names of the op's inputs.
type action struct {
	*pb.FileAction
	source llb.Output // nil for none
	owner  *pb.ChownOpt
}

// An Owner is a user and a group, each a name or a number.
type Owner struct{ user, group *pb.UserOpt }

// ParseOwner reads user[:group]. An empty group is as good as none.
func ParseOwner(s string) *Owner {
	user, group, _ := strings.Cut(s, ":")
	o := &Owner{user: parseUser(user)}
	if group != "" {
		o.group = parseUser(group)
	}
	return o
}

// Named reports whether the user or the group is a name, which has to be looked
// up in a filesystem.
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

// proto is a copy of the owner for one action. Names are looked up in the
// base.
func (o *Owner) proto() *pb.ChownOpt {
	if o == nil {
		return nil
	}
	return &pb.ChownOpt{User: o.user.CloneVT(), Group: o.group.CloneVT()}
}

// Mkdir makes a directory, with its parents where they are missing.
func (f *File) Mkdir(name string, mode uint32, parents bool, owner *Owner, created *time.Time) {
	o := owner.proto()
	f.add(nil, o, &pb.FileAction{Action: &pb.FileAction_Mkdir{Mkdir: &pb.FileActionMkDir{
		Path:        absolute(name, false),
		Mode:        int32(mode & 0o777),
		MakeParents: parents,
		Owner:       o,
		Timestamp:   timestamp(created),
	}}})
}

// Mkfile makes a file.
func (f *File) Mkfile(name string, mode uint32, data []byte) {
	f.add(nil, nil, &pb.FileAction{Action: &pb.FileAction_Mkfile{Mkfile: &pb.FileActionMkFile{
		Path:      absolute(name, false),
		Mode:      int32(mode & 0o777),
		Data:      data,
		Timestamp: -1,
	}}})
}

// Remove removes what is at a path, if anything is.
func (f *File) Remove(name string) {
	f.add(nil, nil, &pb.FileAction{Action: &pb.FileAction_Rm{Rm: &pb.FileActionRm{
		Path:          absolute(name, false),
		AllowNotFound: true,
	}}})
}

// Copy copies from another filesystem. Paths and times of c are completed.
func (f *File) Copy(from llb.Output, owner *Owner, c *pb.FileActionCopy) {
	c.Src = absolute(c.Src, false)
	c.Dest = absolute(c.Dest, true)
	c.Owner = owner.proto()
	c.Timestamp = -1
	f.needCaps(c)
	made := &struct { // one allocation for both
		pb.FileAction
		copy pb.FileAction_Copy
	}{}
	made.copy.Copy, made.Action = c, &made.copy
	f.add(from, c.Owner, &made.FileAction)
}

// needCaps notes what a builder has to know for a copy. One that does not
// would copy something else, so it has to refuse.
func (f *File) needCaps(c *pb.FileActionCopy) {
	f.caps.add(len(c.IncludePatterns)+len(c.ExcludePatterns) > 0, pb.CapFileCopyIncludeExcludePatterns)
	f.caps.add(len(c.RequiredPaths) > 0, pb.CapFileCopyRequiredPaths)
}

func (f *File) add(from llb.Output, owner *pb.ChownOpt, a *pb.FileAction) {
	a.Output, a.Input, a.SecondaryInput = int64(pb.SkipOutput), int64(pb.Empty), int64(pb.Empty)
	f.actions = append(f.actions, action{a, from, owner})
}

// Op makes the op.
func (f *File) Op() *Op {
	op := newOp(f.Meta, f.caps|need(pb.CapFileBase))
	op.platformless = true
	made := &struct { // one allocation for what every file op has
		op    pb.Op_File
		file  pb.FileOp
		space [1]*pb.FileAction
	}{}
	op.chain = made.space[:0]
	for i, a := range f.actions {
		op.chain = append(op.chain, a.FileAction)
		if f.Base != nil {
			f.readBase(op, i)
		}
		if a.source != nil {
			op.read(a.source, &a.SecondaryInput)
		}
	}
	made.file.Actions, made.op.File = op.chain, &made.file
	op.proto.Op = &made.op
	f.actions[len(f.actions)-1].Output = 0
	op.order = f.inputOrder()
	return op
}

// readBase fills in where an action names the base: the first action changes
// it, and owners are looked up in it.
func (f *File) readBase(op *Op, i int) {
	if i == 0 {
		op.read(f.Base, &f.actions[0].Input)
	}
	for _, u := range [...]*pb.UserOpt{f.actions[i].owner.GetUser(), f.actions[i].owner.GetGroup()} {
		if named := u.GetByName(); named != nil {
			op.read(f.Base, &named.Input)
		}
	}
}

// inputOrder is the base, then the sources from the last action to the first.
// It is nil where that is the order in which they were read.
func (f *File) inputOrder() []llb.Output {
	if len(f.actions) == 1 {
		return nil
	}
	order := make([]llb.Output, 0, 1+len(f.actions))
	add := func(o llb.Output) {
		if o != nil && !slices.Contains(order, o) {
			order = append(order, o)
		}
	}
	add(f.Base)
	for _, a := range slices.Backward(f.actions) {
		add(a.source)
	}
	return order
}

// absolute is a path from the root. A trailing slash, which makes a
// destination a directory, can be kept.
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
