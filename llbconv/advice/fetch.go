package advice

import (
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var staleFetch = Check{
	Name:        "StaleFetch",
	Description: "What a step downloads may change, but the step is cached forever",
	find:        findStaleFetch,
}

// findStaleFetch finds steps that download content without a fixed version.
func findStaleFetch(v *view) (found []Finding) {
	checkout := v.lastCheckout()
	v.needed(func(s stage) {
		busted := false
		for i, st := range s.steps {
			busted = busted || st.busts()
			if st.script == nil || st.Flags.fresh() || busted || st.verifies() || i+1 < len(s.steps) && s.steps[i+1].verifies() {
				continue
			}
			for _, c := range st.script.calls {
				what, hint := c.fetches()
				if what == "" || c.is("git", "clone") && checkout.isBelow(s, i) || st.installsVersion(c) {
					continue
				}
				found = append(found, Finding{
					Message: what + ": the step is cached, and later builds keep what the first one got",
					Hint:    hint,
					Range:   st.Range(),
				})
				break
			}
		}
	})
	return found
}

const (
	ttlHint    = "say how long the result may be reused, as with # strata=cache-ttl=1w above the instruction"
	sourceHint = "pin the version, or use ADD, which checks whether the source has changed"
)

// moving matches URLs of content that changes: the newest release, or a branch.
var moving = lazily(`/latest(/|$|\.|\?)|[-_]latest([-_.]|$)|[/_-]nightly(/|\.|$)|` +
	`raw\.githubusercontent\.com/[^/]+/[^/]+/(refs/heads|master|main|HEAD)/|github\.com/[^/]+/[^/]+/(raw|archive|blob)/(refs/heads/|(master|main|HEAD)\b)|` +
	`gitlab\.com/.+/-/raw/(master|main)/|_current_(amd64|arm64|all)\.`)

// fixed matches URLs that moving matches by mistake: Android's tools have a number
// before the word.
var fixed = lazily(`commandlinetools-|sdk-tools-`)

// local matches URLs of the machine itself.
var local = lazily(`^file:|//169\.254\.|//localhost|//127\.`)

// isRemote reports whether a word is a URL of another machine.
func isRemote(w string) bool {
	return strings.Contains(w, "://") && !local().MatchString(w) || strings.HasPrefix(w, "git@")
}

// branches are names of branches that move.
var branches = []string{"master", "main", "develop", "dev", "trunk", "HEAD"}

// fetches describes the changing content that a call downloads.
func (c call) fetches() (what, hint string) {
	switch {
	case c.is("curl"), c.is("wget"):
		for _, w := range c.words[1:] {
			if isRemote(w) && moving().MatchString(w) && !fixed().MatchString(w) && !isKey(w) {
				return c.words[0] + " downloads what may change", sourceHint
			}
		}
	case c.is("git", "clone"):
		if c.clonesBranch() {
			return "git clone of a branch", "pin a commit, or use ADD with the URL of the repository, which checks whether it has changed"
		}
	case (c.is("pip", "install") || c.is("uv", "pip", "install")) && slices.ContainsFunc(c.words, isBranchURL):
		return c.name() + " of a branch", "name a commit or a tag, as in git+https://HOST/REPOSITORY@v1.2"
	case c.is("go", "install") && slices.ContainsFunc(c.words, func(w string) bool { return strings.HasSuffix(w, "@latest") }):
		return "go install of the newest version", "name a version, as in @v1.2.3"
	case c.upgrade() != "":
		return c.words[0] + " " + c.upgrade(), ttlHint
	}
	return "", ""
}

// isBranchURL reports whether an argument of pip is a Git repository without a commit or
// a tag, or with the name of a branch.
func isBranchURL(w string) bool {
	_, url, ok := strings.Cut(w, "git+")
	url, _, _ = strings.Cut(url, "#")
	_, ref, named := strings.Cut(url[strings.LastIndex(url, "/")+1:], "@")
	return ok && isRemote(url) && !strings.Contains(url, unknown) && (!named || slices.Contains(branches, ref))
}

// version matches a word that names a version, maybe as the value of a flag.
var version = lazily(`^(--?[\w-]+=)?v?\d+\.\d+|` + unknown)

// installsVersion reports whether a step gives a version to an installer that a
// call downloads, as in curl URL | sh -s v1.2.
func (s *step) installsVersion(fetch call) bool {
	return s.script.any(func(c call) bool {
		return c.isOpaque() && (slices.ContainsFunc(c.words[1:], version().MatchString) ||
			slices.ContainsFunc(c.vars, func(name string) bool { return strings.Contains(name, "VERSION") }) ||
			s.before.setsVersion(strings.Join(fetch.words, " ")))
	})
}

// setsVersion reports whether a variable of the environment gives the version of a
// program in a URL, as POETRY_VERSION does for one with the word poetry.
func (s state) setsVersion(url string) bool {
	for v := s.vars; v != nil; v = v.before {
		name, ok := strings.CutSuffix(v.name, "_VERSION")
		if !ok || !v.isSet {
			continue
		}
		word := `(?i)\b` + strings.ReplaceAll(regexp.QuoteMeta(name), "_", "[-_]?") + `\b`
		if matches, _ := regexp.MatchString(word, url); matches {
			return true
		}
	}
	return false
}

// isKey reports whether a URL is that of a key, which hardly ever changes.
func isKey(url string) bool {
	name := strings.ToLower(url[strings.LastIndex(url, "/")+1:])
	return strings.HasSuffix(name, ".asc") || strings.HasSuffix(name, ".gpg") || strings.Contains(name, "key")
}

// clonesBranch reports whether git clone takes a branch: the default branch, or a
// branch of a known name.
func (c call) clonesBranch() bool {
	if strings.Contains(strings.Join(c.words, " "), unknown) || c.has("--mirror", "--bare", "--revision", "-n", "--no-checkout") {
		return false
	}
	remote := slices.ContainsFunc(c.words, isRemote)
	for i, w := range c.words {
		if name, joined := strings.CutPrefix(w, "--branch="); joined {
			return remote && slices.Contains(branches, name)
		}
		if (w == "-b" || w == "--branch") && i+1 < len(c.words) {
			return remote && slices.Contains(branches, c.words[i+1])
		}
		if strings.HasPrefix(w, "-b") {
			return false
		}
	}
	return remote
}

// A position is a step of the file, by the index of its stage and its own.
type position struct{ stage, step int }

// isBelow reports whether a position is that of the i-th step of a stage, or below it.
func (p position) isBelow(s stage, i int) bool {
	return p.stage > s.index || p.stage == s.index && p.step >= i
}

// lastCheckout returns the last step that may check out a commit.
func (v *view) lastCheckout() position {
	last := position{-1, -1}
	for _, s := range v.stages {
		for i, st := range s.steps {
			if st.run != nil && (st.script == nil || st.script.any(call.checksOut)) {
				last = position{s.index, i}
			}
		}
	}
	return last
}

// checksOut reports whether a call may check out a commit.
func (c call) checksOut() bool {
	if last := c.words[len(c.words)-1]; slices.Contains(branches, last) {
		return false
	}
	return c.words[0] == "git" && slices.ContainsFunc(c.words, func(w string) bool {
		return slices.Contains([]string{"checkout", "reset", "switch", "fetch", "submodule"}, w)
	})
}

// upgrade returns the command by which a call upgrades all packages of the system,
// empty if it does not.
func (c call) upgrade() string {
	names := c.operands()
	switch c.words[0] {
	case "apt-get", "apt":
		if c.packages() == "upgrade" {
			return aptCommand(c.words[1:])
		}
	case "apk":
		if len(names) == 1 && names[0] == "upgrade" {
			return names[0]
		}
	case "yum", "dnf", "microdnf", "zypper":
		if len(names) == 1 && (names[0] == "update" || names[0] == "upgrade") {
			return names[0]
		}
	}
	return ""
}

// verifies reports whether a step verifies its downloads.
func (s *step) verifies() bool {
	return s.script.any(func(c call) bool {
		return strings.HasSuffix(c.words[0], "sum") || c.is("openssl", "dgst") || c.words[0] == "cosign" || c.words[0] == "gpg" && c.has("--verify") ||
			strings.Contains(strings.Join(c.words, " "), "checksum")
	})
}

// bust matches names of args whose purpose is to run steps again.
var bust = lazily(`(?i)cache|bust|date|time|refresh|rebuild|stamp|build_?(id|num)|commit|sha|rev|force`)

// busts reports whether an instruction makes later steps run again: an ARG with such a
// name, a source that BuildKit checks in each build, or the whole context.
func (s *step) busts() bool {
	if _, whole := s.copiesContext(); whole {
		return true
	}
	switch c := s.Command.(type) {
	case *instructions.ArgCommand:
		return slices.ContainsFunc(c.Args, func(a instructions.KeyValuePairOptional) bool { return bust().MatchString(a.Key) })
	case *instructions.AddCommand:
		return slices.ContainsFunc(c.SourcePaths, func(p string) bool { return strings.Contains(p, "://") })
	}
	return false
}
