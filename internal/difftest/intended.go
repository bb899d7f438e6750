package difftest

import (
	"bytes"
	"regexp"
	"slices"
)

// The tables of this file list the intended differences, each with its reason; docs/differences.md describes them.
// TestDifferential requires a case in the corpus for each of them.

// Reasons that several tables share.
const (
	anyCase      = "FROM finds a stage whatever the case of its name"
	byIndex      = "COPY --from=N counts the stages that are written, never the images that instructions name"
	notTriggered = "the triggers of an image that only an instruction names are not read, as they do not run"
	allErrors    = "all independent errors are reported, not only the first"
	beforeError  = "the platforms of images are checked only if all images are found and there is no other error"
	pinned       = "an image that only a stage behind a trigger needs gets its digest as well"
	unchecked    = "the daemon does not notice a missing file of --parents, and the reference asks for the check anyway"
)

var (
	anything = regexp.MustCompile(`.`)
	// otherCase is the reference's error about a FROM that writes the name of a stage in another case than AS.
	otherCase = regexp.MustCompile(`failed to parse stage name "[^"]*[A-Z][^"]*"`)
	// wrongIndex is Strata's error about an index that stands for an image in the reference.
	wrongIndex = regexp.MustCompile(`invalid stage index \d+ \(the Dockerfile's stages are numbered 0 to \d+\)`)
)

// answers are two intended errors. A nil pattern stands for success; when is nil if the patterns are enough.
type answers struct {
	reason            string
	reference, strata *regexp.Regexp
	when              func(c Case, want Result) bool
}

func (a answers) are(c Case, want, got Result) bool {
	return matches(a.reference, want.Err) && matches(a.strata, got.Err) && (a.when == nil || a.when(c, want))
}

func matches(pattern *regexp.Regexp, err error) bool {
	if pattern == nil || err == nil {
		return pattern == nil && err == nil
	}
	return pattern.MatchString(err.Error())
}

// intendedOutcomes are the files that only one of the two converts.
var intendedOutcomes = []answers{
	{
		reason:    anyCase,
		reference: otherCase,
	},
	{
		reason:    notTriggered,
		reference: anything,
		when:      isAboutTriggersOfInstruction,
	},
	{
		reason: pinned,
		strata: anything,
		when:   isUnpinned,
	},
	{
		reason: byIndex,
		strata: wrongIndex,
	},
	{
		reason: "a required device is an error on a daemon that does not support devices",
		strata: regexp.MustCompile(`this BuildKit cannot give the command the device "[^"]*", which is required`),
	},
	{
		reason: "--chmod=u+x is an error on a daemon that would make files without permissions",
		strata: regexp.MustCompile(`this BuildKit supports permissions as numbers only`),
	},
}

var triggers = regexp.MustCompile(`(?i)onbuild`)

// isAboutTriggersOfInstruction reports whether a case has triggers and the error is not about a FROM.
func isAboutTriggersOfInstruction(c Case, want Result) bool {
	lines := bytes.Split(bytes.ToLower(c.Dockerfile), []byte("\n"))
	for _, ranges := range want.Problems[0].Places {
		for _, r := range ranges {
			if n := r.Start.Line; n < 1 || n > len(lines) || bytes.HasPrefix(bytes.TrimSpace(lines[n-1]), []byte("from")) {
				return false
			}
		}
	}
	return triggers.MatchString(caseText(c))
}

// isUnpinned reports whether a case has triggers and the reference left an image without a digest, which means that it
// did not look it up.
func isUnpinned(c Case, want Result) bool {
	sources := regexp.MustCompile(`docker-image://\S+`).FindAllString(Canonical(want.Definition), -1)
	return triggers.MatchString(caseText(c)) &&
		slices.ContainsFunc(sources, func(name string) bool { return !pin.MatchString(name) })
}

// intendedWarnings are the warnings that only Strata has, by rule.
var intendedWarnings = map[string]string{
	"LinkIgnored":           "there is a warning where --link does not hold",
	"FlagAfterName":         "there is a warning where a flag of ARG is taken for a name",
	"ParentsUnchecked":      "there is a warning where a missing file of --parents is not noticed",
	"TooManyIgnorePatterns": "there is a warning of an ignore file that is too large to send",
}

// defaultInOtherCase is a warning that only the reference has, about a FROM that writes the name of a stage in another
// case.
var defaultInOtherCase = regexp.MustCompile(`^Default value for ARG [^ ]*[A-Z][^ ]* results in empty or invalid base image name$`)

// intendedWarningTexts are warnings with a different text. Their places are the same, unless the reference has none,
// and so are their messages, except for the parts that ignored matches.
var intendedWarningTexts = []struct {
	reason  string
	rule    string
	when    *regexp.Regexp
	placed  bool
	ignored *regexp.Regexp
}{
	{
		reason: "a warning of an image that only a mount names points at the mount",
		rule:   "InvalidBaseImagePlatform",
		placed: true,
	},
	{
		reason:  "an image of a stage behind a trigger is named as FROM names it",
		rule:    "InvalidBaseImagePlatform",
		when:    triggers,
		ignored: regexp.MustCompile(`docker\.io/(library/)?|:latest`),
	},
}

// intendedMetadata are the lines of metadata that differ. when is matched with the case, as caseText writes it.
var intendedMetadata = []struct {
	reason   string
	when, op *regexp.Regexp
	// added matches lines that only Strata has.
	added *regexp.Regexp
	// ignored is the part of a line that may differ.
	ignored *regexp.Regexp
}{
	{
		reason: "a daemon without --exclude or --parents refuses the build",
		op:     regexp.MustCompile(`^file`),
		added:  regexp.MustCompile(`^caps\.file\.copy\.(includeexcludepatterns|requiredpaths): true$`),
	},
	{
		reason: "an image that only an instruction names points at the line that names it",
		op:     regexp.MustCompile(`^source docker-image://`),
		added:  regexp.MustCompile(`^at 0: `),
	},
	{
		reason: "an image that is named by FROM and by an instruction keeps the text of FROM",
		op:     regexp.MustCompile(`^source docker-image://`),
		added:  regexp.MustCompile(`^description\.com\.docker\.dockerfile\.v1\.command: "FROM `),
	},
	{
		reason: "--no-cache-filter reaches what reads from the stage, --no-cache the directory of a WORKDIR",
		when:   regexp.MustCompile(`"no-cache":`),
		op:     regexp.MustCompile(`^(file|exec|merge|result)`),
		added:  regexp.MustCompile(`^(ignoreCache|caps\.meta\.ignorecache): true$`),
	},
	{
		reason:  "the steps of triggers are counted from the first step on",
		when:    triggers,
		op:      regexp.MustCompile(`^(source |exec|file|merge)`),
		ignored: regexp.MustCompile(` *\d+/\d+\] `),
	},
}
