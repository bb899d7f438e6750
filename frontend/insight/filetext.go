package insight

import (
	"fmt"
	"strings"
)

// files says how files with the same change have changed.
func (s style) files(group []Reason, names int) string {
	r := group[0]
	if r.Path == "" {
		if r.Kind == KindContext {
			return s.wholeContext(r)
		}
		return "the build context changed"
	}
	subject := list(group, names, plural(len(group)-names, "file"), func(r Reason) string { return shown(r.Path) })
	if r.Kind == KindContext {
		subject += " of the context " + shown(r.Name)
	}
	many := len(group) > 1
	switch r.Change {
	case Added:
		if s == column {
			return "new: " + subject
		}
		return subject + choose(many, " are new", " is new")
	case Removed:
		if s == column {
			return "removed: " + subject
		}
		return subject + choose(many, " were removed", " was removed")
	case Mode:
		return subject + choose(many, " have other permissions", " has other permissions")
	case Type:
		return subject + choose(many, " are of another type", " is of another type")
	case Link:
		return subject + choose(many, " point elsewhere", " points elsewhere")
	}
	return subject + " changed" + s.lineCount(group)
}

// wholeContext describes the change of a context whose files are not known.
func (s style) wholeContext(r Reason) string {
	name := "the context " + shown(r.Name)
	switch r.Change {
	case Added:
		return name + " replaces a stage or an image"
	case Removed:
		return name + " no longer replaces a stage or an image"
	}
	return name + " changed"
}

// lineCount returns the number of lines that text files gained and lost
// together.
func (s style) lineCount(group []Reason) string {
	added, removed := 0, 0
	for _, r := range group {
		added, removed = added+r.LinesAdded, removed+r.LinesRemoved
	}
	var counts []string
	if added > 0 {
		counts = append(counts, fmt.Sprintf("+%d", added))
	}
	if removed > 0 {
		counts = append(counts, fmt.Sprintf("-%d", removed))
	}
	if len(counts) == 0 {
		return ""
	}
	count := strings.Join(counts, " ") + " " + plural(added+removed, "line")
	if s == column {
		return ": " + count
	}
	return " (" + count + ")"
}

func plural(n int, thing string) string {
	if n == 1 {
		return thing
	}
	return thing + "s"
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}
