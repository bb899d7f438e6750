package source

import (
	"strings"

	"github.com/distribution/reference"
)

// FullName returns the name of an image with registry, path, and tag or digest:
// docker.io/library/node:20 for node:20. It returns an error for an invalid
// name.
func FullName(name string) (string, error) {
	if full, ok := plainFullName(name); ok {
		return full, nil
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	return reference.TagNameOnly(ref).String(), nil
}

// plainFullName is FullName for plain names, most of which need no parser.
func plainFullName(name string) (full string, ok bool) {
	if !IsPlainName(name) {
		return "", false
	}
	first, _, hasPath := strings.Cut(name, "/")
	switch {
	case !hasPath:
		name = "docker.io/library/" + name
	case strings.HasSuffix(first, "docker.io"): // the path may lack library/
		return "", false
	case !strings.Contains(first, ".") && first != "localhost": // not a registry
		name = "docker.io/" + name
	}
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	return name, true
}

// CheckName returns an error for a name that is not valid for an image.
func CheckName(name string) error {
	if IsPlainName(name) {
		return nil
	}
	_, err := reference.ParseNormalizedNamed(name)
	return err
}

// IsPlainName reports whether a name has the form of most valid image names:
// words of lower-case letters and digits with one of "-", "." or "/" between
// them, and at most one tag. Other names may be valid, too; that is for the
// parser to decide.
func IsPlainName(name string) bool {
	if len(name) == 0 || len(name) >= 64 { // 64 hex digits are not a name
		return false
	}
	inWord, tagged := false, false
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			inWord = true
			continue
		case !inWord:
			return false
		case c == '-', c == '.':
		case c == '/' && !tagged:
		case c == ':' && !tagged:
			tagged = true
		default:
			return false
		}
		inWord = false
	}
	return inWord
}
