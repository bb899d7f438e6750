package lock

import (
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/gitutil"
	digest "github.com/opencontainers/go-digest"
)

// A rule is one line of a lock, a rule of a source policy.
type rule struct {
	Action   string   `json:"action"`
	Selector selector `json:"selector"`
	Updates  *update  `json:"updates"`
}

type selector struct {
	Identifier  string `json:"identifier"`
	MatchType   string `json:"match_type"`
	Constraints []any  `json:"constraints,omitempty"`
}

type update struct {
	Identifier string            `json:"identifier,omitempty"`
	Attrs      map[string]string `json:"attrs,omitempty"`
}

// Fields that all rules of a lock have. A source policy may have other rules.
const (
	convert = "CONVERT"
	exact   = "EXACT"
)

// rule returns the entry as a line of the file.
func (e Entry) rule() rule {
	r := rule{Action: convert, Selector: selector{Identifier: e.Identifier, MatchType: exact}, Updates: &update{}}
	switch {
	case strings.HasPrefix(e.Identifier, imageScheme):
		r.Updates.Identifier = e.Identifier + "@" + e.Pin
	case strings.HasPrefix(e.Identifier, gitScheme):
		r.Updates.Identifier = atCommit(e.Identifier, e.Pin)
	default:
		r.Updates.Attrs = map[string]string{pb.AttrHTTPChecksum: e.Pin}
	}
	return r
}

// atCommit returns the identifier of a Git repository with a commit instead of a
// branch or tag.
func atCommit(identifier, commit string) string {
	repository, fragment, _ := strings.Cut(identifier, "#")
	if _, subdir, ok := strings.Cut(fragment, ":"); ok {
		commit += ":" + subdir
	}
	return repository + "#" + commit
}

// entry reads a rule. It rejects rules that are valid in a source policy but not in
// a lock.
func (r rule) entry() (Entry, error) {
	e := Entry{Identifier: r.Selector.Identifier}
	switch {
	case r.Action != convert || e.Identifier == "" || r.Updates == nil:
		return e, errors.New("a line of a lock has the action CONVERT, a selector with an identifier, and updates")
	case r.Selector.MatchType != exact || len(r.Selector.Constraints) > 0:
		return e, fmt.Errorf("the selector of %s has to be of match_type EXACT, without constraints", e.Identifier)
	}
	var err error
	switch scheme, _, _ := strings.Cut(e.Identifier, "://"); scheme + "://" {
	case imageScheme:
		e.Pin, err = r.imagePin()
	case gitScheme:
		e.Pin, err = r.gitPin()
	case "http://", "https://":
		e.Pin, err = r.filePin()
	default:
		err = fmt.Errorf("%q is not an image, a Git repository or a URL", e.Identifier)
	}
	return e, err
}

// imagePin returns the digest that the rule gives to an image.
func (r rule) imagePin() (string, error) {
	name := strings.TrimPrefix(r.Selector.Identifier, imageScheme)
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("%q is not a valid image name: %w", name, err)
	}
	if _, digested := ref.(reference.Digested); digested || ref.String() != name || reference.IsNameOnly(ref) {
		return "", fmt.Errorf("%q has to be a whole name with a tag, such as docker.io/library/busybox:latest", name)
	}
	pin, ok := strings.CutPrefix(r.Updates.Identifier, r.Selector.Identifier+"@")
	if !ok || len(r.Updates.Attrs) > 0 {
		return "", fmt.Errorf("the update of %s has to be its identifier with @ and a digest", name)
	}
	return pin, checkDigest(name, pin)
}

// filePin returns the checksum that the rule gives to a URL.
func (r rule) filePin() (string, error) {
	name := r.Selector.Identifier
	pin, ok := r.Updates.Attrs[pb.AttrHTTPChecksum]
	if !ok || len(r.Updates.Attrs) > 1 || r.Updates.Identifier != "" && r.Updates.Identifier != name {
		return "", fmt.Errorf("the update of %s has to be the attribute %s", name, pb.AttrHTTPChecksum)
	}
	return pin, checkDigest(name, pin)
}

// gitPin returns the commit that the rule gives to a Git repository.
func (r rule) gitPin() (string, error) {
	name := r.Selector.Identifier
	_, fragment, _ := strings.Cut(r.Updates.Identifier, "#")
	pin, _, _ := strings.Cut(fragment, ":")
	if !gitutil.IsCommitSHA(pin) {
		return "", fmt.Errorf("%q, the commit of %s, does not have 40 or 64 hex digits", pin, name)
	}
	if r.Updates.Identifier != atCommit(name, pin) || len(r.Updates.Attrs) > 0 {
		return "", fmt.Errorf("the update of %s has to be its identifier with a commit after #", name)
	}
	return pin, nil
}

func checkDigest(name, pin string) error {
	if _, err := digest.Parse(pin); err != nil {
		return fmt.Errorf("%q, the digest of %s, is malformed: %w", pin, name, err)
	}
	return nil
}
