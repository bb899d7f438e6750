package insight

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/distribution/reference"
)

// A style is the form of reasons in words: a sentence for a line, or a phrase
// for a column of the table.
type style int

const (
	sentence style = iota
	column
)

// describe says what has changed, as in "requirements.txt changed (+1 line)".
// It groups files with the same change, and names the first few.
func describe(reasons []Reason, s style, names int) string {
	var parts []string
	for _, group := range grouped(reasons) {
		parts = append(parts, s.phrase(group, names))
	}
	return strings.Join(parts, "; ")
}

// grouped groups reasons that share a phrase.
func grouped(reasons []Reason) (groups [][]Reason) {
	index := map[Reason]int{}
	for _, r := range reasons {
		key := r
		switch r.Kind {
		case KindFile, KindContext:
			key = Reason{Kind: r.Kind, Name: r.Name, Change: r.Change}
			if r.Path == "" {
				key.Path = "."
			}
		case KindSource:
			key = Reason{Kind: r.Kind, Name: r.Name}
		case KindVariable, KindMount:
			key.Name = ""
			if r.Change == Moved {
				key.Name = "."
			}
		}
		at, known := index[key]
		if !known {
			at = len(groups)
			index[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	return groups
}

// phrase says how the inputs of a group have changed.
func (s style) phrase(group []Reason, names int) string {
	switch r := group[0]; r.Kind {
	case KindFile, KindContext:
		return s.files(group, names)
	case KindVariable:
		if r.Change == Moved {
			return "the order of the variables changed"
		}
		return list(group, names, plural(len(group)-names, "variable"), func(r Reason) string { return "$" + shown(r.Name) }) + " changed"
	case KindMount:
		if len(group) == 1 {
			return "the mount " + mountName(r) + " changed"
		}
		return "the mounts " + list(group, names, "", mountName) + " changed"
	case KindSource:
		return shown(r.Name) + " changed"
	default:
		return single(r)
	}
}

// mountName returns the target of a mount, or the variable of a secret.
func mountName(r Reason) string {
	if name, ok := strings.CutPrefix(r.Name, "env "); ok {
		return "$" + shown(name)
	}
	return shown(r.Name)
}

// single says what has changed, for a reason that is not grouped.
func single(r Reason) string {
	switch r.Kind {
	case KindText:
		if r.Name != "" {
			return r.Name + " changed"
		}
		return "the instruction changed"
	case KindBase:
		return base(r)
	case KindPlatform:
		if r.Change == Added {
			return "the platform " + shown(r.Name) + " is new"
		}
		return "the platform changed"
	case KindFreshness:
		return freshness(r.Name)
	case KindClient:
		if r.Name == "no-cache" || r.Name == "no-cache-filter" {
			return "--" + r.Name
		}
		return "--" + shown(r.Name) + " changed"
	case KindStep:
		return order(r.Change)
	}
	return shown(r.Name) + " changed"
}

func base(r Reason) string {
	name := shown(familiar(r.Name))
	if r.Change == Modified {
		return "the base is now " + name
	}
	by := ""
	if r.Locked {
		by = "lock updated: "
	}
	return fmt.Sprintf("%s moved (%s%s to %s)", name, by, shortDigest(r.Old), shortDigest(r.New))
}

func freshness(name string) string {
	switch name {
	case "ttl":
		return "--cache-ttl has expired"
	case "no-cache":
		return "--no-cache runs the step in every build"
	}
	return "--cache-" + shown(name) + " changed"
}

func order(c Change) string {
	switch c {
	case Added:
		return "a new step"
	case Removed:
		return "a step before it was removed"
	case Moved:
		return "steps are in another order"
	}
	return "not finished in an earlier build"
}

// familiar returns the short form of the name of an image.
func familiar(name string) string {
	if named, err := reference.ParseNormalizedNamed(name); err == nil {
		return strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	}
	return name
}

func shortDigest(d string) string {
	_, hex, ok := strings.Cut(d, ":")
	if !ok {
		return shown(d)
	}
	return shown(hex[:min(12, len(hex))])
}

// list enumerates a group, with the first few names.
func list(group []Reason, names int, things string, name func(Reason) string) string {
	var words []string
	for _, r := range group[:min(len(group), names)] {
		words = append(words, name(r))
	}
	return enumerate(words, len(group)-len(words), things)
}

// enumerate lists words as in "a, b and 2 more things".
func enumerate(words []string, more int, things string) string {
	if more > 0 {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%d more %s", more, things)))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// printable replaces control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// maxName is the length of the longest name that is not cut.
const maxName = 48

// shown returns a name without control characters, cut at its start.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
		name = quoted
	}
	if runes := []rune(name); len(runes) > maxName {
		return "..." + string(runes[len(runes)-maxName+3:])
	}
	return name
}
