package source

import (
	"strings"

	"github.com/distribution/reference"
)

// FullName is the name of an image with registry, path, and tag or digest, as
// in docker.io/library/node:20 for node:20. It is an error where the name cannot
// be one of an image.
func FullName(name string) (string, error) {
	if IsPlainName(name) && !strings.Contains(name, "/") { // most are like this
		if !strings.Contains(name, ":") {
			name += ":latest"
		}
		return "docker.io/library/" + name, nil
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	return reference.TagNameOnly(ref).String(), nil
}

// CheckName tells whether a name can be one of an image.
func CheckName(name string) error {
	if IsPlainName(name) {
		return nil
	}
	_, err := reference.ParseNormalizedNamed(name)
	return err
}

// IsPlainName knows most valid image names at a look: words of small letters
// and digits with one of "-", "." or "/" between two of them, and at most one
// tag. Of any other name only the grammar can tell whether it is valid.
func IsPlainName(name string) bool {
	if len(name) == 0 || len(name) >= 64 { // 64 hex digits are no name
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
