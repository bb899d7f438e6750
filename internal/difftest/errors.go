package difftest

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// intendedPlaces are errors with different places, and the same message or an intended difference in it.
// If message is not nil, it matches the message of the reference.
var intendedPlaces = []struct {
	reason  string
	message *regexp.Regexp
	same    func(reference, strata [][]parser.Range) bool
}{
	{
		reason: "an error points at a line where the reference points at none",
		same: func(reference, strata [][]parser.Range) bool {
			return noPlace(reference) && len(strata) == 1 && len(strata[0]) > 0
		},
	},
	{
		reason: "an error points at a line once where the reference does so twice",
		same: func(reference, strata [][]parser.Range) bool {
			return len(reference) == 2 && len(strata) == 1 &&
				reflect.DeepEqual(reference[0], reference[1]) && reflect.DeepEqual(reference[0], strata[0])
		},
	},
	{
		reason: "an error about the end of a here-document points at its instruction alone",
		same: func(reference, strata [][]parser.Range) bool {
			return len(reference) == 1 && len(reference[0]) > 1 && len(strata) == 1 && len(strata[0]) == 1 &&
				reference[0][0].Start == strata[0][0].Start
		},
	},
	{
		reason:  "an error about a parser directive or a long line points at its line, not at the line before",
		message: regexp.MustCompile(`^(only one \w+ parser directive can be used|invalid escape token |dockerfile line greater than |unterminated heredoc$|file with no instructions$)`),
		same: func(reference, strata [][]parser.Range) bool {
			return len(reference) == 1 && len(reference[0]) > 0 && len(strata) == 1 && len(strata[0]) == 1 &&
				reference[0][len(reference[0])-1].End.Line+1 == strata[0][0].Start.Line
		},
	},
}

func noPlace(places [][]parser.Range) bool {
	for _, ranges := range places {
		if len(ranges) > 0 && ranges[0].Start.Line > 0 {
			return false
		}
	}
	return true
}

// intendedMessages are errors whose messages differ by more than a hint in parentheses.
var intendedMessages = []struct {
	reason            string
	reference, strata *regexp.Regexp
}{
	{
		reason:    "the image whose config cannot be read is named",
		reference: regexp.MustCompile(`^failed to parse image config: `),
		strata:    regexp.MustCompile(`^failed to parse image config of \S+: `),
	},
	{
		reason:    "the mode of --chmod that cannot be read is named",
		reference: regexp.MustCompile(`^invalid syntax$`),
		strata:    regexp.MustCompile(`^invalid chmod parameter: '.*': invalid syntax$`),
	},
	{
		reason:    "the checksum that cannot be read is named",
		reference: regexp.MustCompile(`^(unsupported digest algorithm|invalid checksum digest (length|format))$`),
		strata:    regexp.MustCompile(`^checksum ".*": (unsupported digest algorithm|invalid checksum digest (length|format)) \(`),
	},
	{
		reason:    "the delimiter that a here-document without an end lacks is named",
		reference: regexp.MustCompile(`^unterminated heredoc$`),
		strata:    regexp.MustCompile(`^unterminated heredoc: no line after line \d+ is ".*", the delimiter of the here-document `),
	},
	{
		reason:    "the line that is too long is named, not what is missing because of it",
		reference: regexp.MustCompile(`^(unterminated heredoc|file with no instructions)$`),
		strata:    regexp.MustCompile(`^dockerfile line greater than max allowed size of \d+ \(`),
	},
	{
		reason:    "the pattern of the ignore file that cannot be read is named",
		reference: regexp.MustCompile(`^(syntax error in pattern|illegal exclusion pattern: .*)$`),
		strata:    regexp.MustCompile(`ignore file: invalid pattern ".*": (syntax error in pattern|illegal exclusion pattern: .*) \(`),
	},
	{
		reason:    "an image of a stage behind a trigger is named as FROM names it",
		reference: regexp.MustCompile(`^docker\.io/\S+: docker\.io/\S+: `),
		strata:    regexp.MustCompile(`^[^/.: ]+(/\S+)?(:\S+)?: docker\.io/\S+: `),
	},
	{
		reason:    "no image is suggested that does not exist",
		reference: regexp.MustCompile(`^docker\.io/\S+: docker\.io/\S+: .* \(did you mean docker\.io/library[^/]`),
		strata:    regexp.MustCompile(`^docker\.io/\S+: docker\.io/\S+: `),
	},
}

// intendedOthers are cases in which the two stop at different errors.
var intendedOthers = []answers{
	{
		reason:    anyCase,
		reference: otherCase,
		strata:    anything,
	},
	{
		reason:    byIndex,
		reference: anything,
		strata:    wrongIndex,
	},
	{
		reason:    notTriggered,
		reference: anything,
		strata:    anything,
		when:      isAboutTriggersOfInstruction,
	},
	{
		reason:    "an error about the stages is reported before one about the source of SOURCE_DATE_EPOCH",
		reference: regexp.MustCompile(`SOURCE_DATE_EPOCH|source stage base name|^no such URL|^no repository|^invalid context name|^cannot fetch|^invalid checksum digest|^unsupported digest algorithm`),
		strata:    anything,
	},
}

// errors looks for the reference's error among those of Strata. The first error at the same place must have its
// message. It returns false if the two stop at different errors, as intended; then their warnings differ as well.
func (c *comparison) errors() (comparable bool) {
	if len(c.got.Problems) > 1 {
		c.means(allErrors)
	}
	want := c.want.Problems[0]
	if at := slices.IndexFunc(c.got.Problems, func(p Problem) bool { return samePlaces(want, p) }); at >= 0 {
		if c.isSame(want, c.got.Problems[at]) {
			return true
		}
	} else if slices.ContainsFunc(c.got.Problems, func(p Problem) bool { return c.isSame(want, p) }) {
		return true
	}
	for _, i := range intendedOthers {
		if i.are(c.in, c.want, c.got) {
			c.means(i.reason)
			return false
		}
	}
	c.differs("error:\nreference: %v %s", want.Places, want.Message)
	for _, p := range c.got.Problems {
		c.differs("Strata:    %v %s", p.Places, p.Message)
	}
	return true
}

func samePlaces(want, got Problem) bool { return reflect.DeepEqual(want.Places, got.Places) }

// isSame reports whether two problems are the same, with intended differences in their text.
func (c *comparison) isSame(want, got Problem) bool {
	message, place := "", ""
	if !sameMessage(want.Message, got.Message) {
		for _, i := range intendedMessages {
			if i.reference.MatchString(want.Message) && i.strata.MatchString(got.Message) {
				message = i.reason
			}
		}
		if message == "" {
			return false
		}
	}
	if !samePlaces(want, got) {
		for _, i := range intendedPlaces {
			if (i.message == nil || i.message.MatchString(want.Message)) && i.same(want.Places, got.Places) {
				place = i.reason
			}
		}
		if place == "" {
			return false
		}
	}
	for _, reason := range []string{message, place} {
		if reason != "" {
			c.means(reason)
		}
	}
	return true
}

// suggestion matches the name that BuildKit's parser suggests for an unknown instruction or flag. It chooses one of
// several equally similar names at random.
var suggestion = regexp.MustCompile(` \(did you mean [\w-]+\?\)`)

// sameMessage compares messages without a hint in parentheses at the end, and without the order of lint rules, which is
// random in the reference.
func sameMessage(want, got string) bool {
	const violation = "lint violation found for rules: "
	if rules, found := strings.CutPrefix(want, violation); found {
		sorted := strings.Split(rules, ", ")
		slices.Sort(sorted)
		want = violation + strings.Join(sorted, ", ")
	}
	want, got = without(suggestion, want), without(suggestion, got)
	hint, found := strings.CutPrefix(got, want)
	return found && (hint == "" || strings.HasPrefix(hint, " (") && strings.HasSuffix(hint, ")"))
}
