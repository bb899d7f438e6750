package advice

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// usesNoFiles reports whether a script neither reads nor changes files in a directory.
// It is false if that is not certain.
func (s *script) usesNoFiles(dir string) bool {
	ok := true
	syntax.Walk(s.file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			ok = false // their commands may read files
		case *syntax.Redirect:
			ok = ok && n.Hdoc == nil && (n.Op == syntax.DplOut || isOutside(literal(n.Word), dir))
		}
		return ok
	})
	return ok && !s.any(func(c call) bool { return !c.usesNoFiles(dir) })
}

// isOutside reports whether a name is the path of a file that is not in a directory.
func isOutside(name, dir string) bool {
	return path.IsAbs(name) && !strings.ContainsAny(name, unknown+"?[{") && !overlap(path.Clean(strings.TrimRight(name, "*")), dir)
}

// allOutside reports whether names are paths of files that are not in a directory.
func allOutside(names []string, dir string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !isOutside(name, dir) })
}

// usesNoFiles reports whether a call neither reads nor changes files in a directory.
func (c call) usesNoFiles(dir string) bool {
	names := c.operands()
	if c.createsUser() {
		return !overlap("/home", dir) && !slices.ContainsFunc(c.words[1:], func(w string) bool {
			name := w[strings.Index(w, "=")+1:] // of --home=DIR too
			return strings.Contains(name, "/") && !isOutside(name, dir)
		})
	}
	switch c.words[0] {
	case "set", "true", ":", "export", "echo", "printf", "locale-gen", "update-ca-certificates", "ldconfig", "apt-mark":
		return true
	case "rm", "mkdir", "ln", "tee", "gpg":
		return allOutside(names, dir)
	case "chmod", "chown":
		return len(names) > 0 && allOutside(names[1:], dir)
	case "apt-key":
		return slices.Equal(c.words[1:], []string{"add", "-"})
	case "sh", "bash":
		return len(names) == 0 // a script from a pipe
	case "curl", "wget":
		return c.fetchesOutside(dir)
	}
	if c.configures() {
		return false
	}
	return !slices.ContainsFunc(c.words[1:], mayBeFile) && (c.managesPackages() || c.namedInstall() != "" || c.cleansCache())
}

// cleansCache reports whether a call removes the cache of a package manager.
func (c call) cleansCache() bool {
	return c.is("npm", "cache", "clean") || c.is("yarn", "cache", "clean") || c.is("pip", "cache", "purge") ||
		c.is("conda", "clean") || c.is("mamba", "clean") || c.is("micromamba", "clean")
}

// fetchesOutside reports whether a call of curl or wget writes to its output, or to
// files that are not in a directory.
func (c call) fetchesOutside(dir string) bool {
	toNamed := c.words[0] == "curl"
	for _, w := range c.words[1:] {
		name, value, hasValue := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(name, "--") && !hasValue:
			continue
		case strings.HasPrefix(name, "--"):
			w = value
		case strings.HasPrefix(w, "-"):
			if strings.Contains(w, "O") {
				toNamed = !toNamed // the name of the URL for curl, a given one for wget
			}
			continue
		}
		if !strings.Contains(w, "://") && !isOutside(w, dir) {
			return false
		}
	}
	return toNamed && !c.has("--remote-name", "--remote-name-all", "--output-dir", "--upload-file", "--config")
}

// mayBeFile reports whether an argument of a package manager may be the name of a
// file.
func mayBeFile(word string) bool {
	if strings.Contains(word, "/") {
		return !strings.Contains(word, "://") && !strings.HasPrefix(word, "@")
	}
	return strings.HasPrefix(word, unknown) || word == "." || strings.HasPrefix(word, ".[") ||
		slices.Contains([]string{".deb", ".rpm", ".apk", ".gem", ".whl", ".tgz", ".gz", ".zip", ".pem", ".crt", ".cer"}, path.Ext(word))
}
