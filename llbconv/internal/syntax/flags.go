package syntax

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
)

// Flags are Strata's own flags of an instruction; see docs/freshness.md. Their
// values are not expanded.
type Flags struct {
	// NoCache runs the step in every build.
	NoCache bool
	// TTL is the longest time that a result is reused, empty for no limit.
	TTL string
	// Key is added to the cache key; nil if it is not set.
	Key *string
	// Args are the explicit args that the step asks for.
	Args []string
	// Explicit restricts an ARG to the steps that ask for it.
	Explicit bool
	// Written are the flags as written, with quotes.
	Written []string
}

// The names of Strata's flags.
const (
	flagNoCache  = "no-cache"
	flagTTL      = "cache-ttl"
	flagKey      = "cache-key"
	flagArg      = "arg"
	flagExplicit = "explicit"
)

// flagInstructions lists the instructions that each flag belongs to.
var flagInstructions = map[string][]string{
	flagNoCache:  {command.Run, command.Copy, command.Add},
	flagTTL:      {command.Run},
	flagKey:      {command.Run},
	flagArg:      {command.Run},
	flagExplicit: {command.Arg},
}

// flagForm shows how to write a flag.
func flagForm(name string) string {
	switch name {
	case flagTTL:
		return name + "=12h"
	case flagKey:
		return name + "=VALUE"
	case flagArg:
		return name + "=NAME"
	}
	return name
}

// splitFlags removes Strata's flags from a node, as BuildKit's parser does not
// accept them. A node without such flags is returned unchanged. So is an
// unknown instruction: BuildKit's parser reports it, unless it is a trigger.
func splitFlags(node *parser.Node, escape rune) (*parser.Node, Flags, error) {
	isTrigger := strings.EqualFold(node.Value, command.Onbuild)
	if len(node.Flags)+len(node.PrevComment) == 0 && !isTrigger {
		return node, Flags{}, nil
	}
	if _, exists := command.Commands[strings.ToLower(node.Value)]; !exists {
		return node, Flags{}, nil
	}
	comments := node.PrevComment
	if isTrigger {
		if err := checkTrigger(node, escape); err != nil {
			return nil, Flags{}, err
		}
		comments = nil // they belong to the trigger
	}
	own, err := commentFlags(comments)
	if err != nil {
		return nil, Flags{}, err
	}
	flagged, written, rest := ownFlags(node, escape)
	if err := checkASCII(flagged, written); err != nil {
		return nil, Flags{}, err
	}
	own = append(own, flagged...)
	if err := checkArgFlags(node, rest); err != nil || len(own) == 0 {
		return node, Flags{}, err
	}
	flags, err := parseFlags(node, own)
	if err != nil && len(flagged) == 0 {
		err = aboutComments(err, comments)
	}
	if err != nil {
		return nil, Flags{}, err
	}
	flags.Written = written
	stripped := *node
	stripped.Flags = rest
	return &stripped, flags, nil
}

// ownFlags separates Strata's flags of a node from the rest. written are Strata's
// flags as written.
func ownFlags(node *parser.Node, escape rune) (own, written, rest []string) {
	if !slices.ContainsFunc(node.Flags, IsFlag) {
		return nil, nil, node.Flags
	}
	words := flagWords(node, escape)
	for i, f := range node.Flags {
		if IsFlag(f) {
			own, written = append(own, f), append(written, words[i])
		} else {
			rest = append(rest, f)
		}
	}
	return own, written, rest
}

// checkASCII finds flags that BuildKit's parser did not read as written: it takes
// each byte for a character, and some bytes of other characters for blanks.
func checkASCII(flags, written []string) error {
	for i, f := range flags {
		if !IsASCII(f) || !IsASCII(written[i]) {
			return diag.WithHint(fmt.Errorf("--%s: a flag can hold only ASCII characters", flagName(f)),
				"write it as a comment above the instruction: # strata=%s", flagForm(flagName(f)))
		}
	}
	return nil
}

// IsASCII reports whether a text has only ASCII characters.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// checkTrigger checks the flags of an ONBUILD trigger. Without it, an error
// would appear only in the builds that run the trigger.
func checkTrigger(node *parser.Node, escape rune) error {
	if node.Next == nil {
		return nil
	}
	for _, child := range node.Next.Children {
		trigger := *child
		trigger.PrevComment = node.PrevComment
		if _, _, err := splitFlags(&trigger, escape); err != nil {
			return err
		}
	}
	return nil
}

// checkArgFlags finds misspelled flags of ARG. BuildKit's parser ignores all
// flags of ARG.
func checkArgFlags(node *parser.Node, flags []string) error {
	if !strings.EqualFold(node.Value, command.Arg) {
		return nil
	}
	for _, f := range flags {
		err := fmt.Errorf("unknown flag: --%s", flagName(f))
		if found, err := suggest.WrapErrorMaybe(err, flagName(f), []string{flagExplicit}, true); found {
			return err
		}
	}
	return nil
}

// IsFlag reports whether a flag, with its value, is one of Strata's own.
func IsFlag(f string) bool { return flagInstructions[flagName(f)] != nil }

func flagName(f string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
	return name
}

func checkTaken(node *parser.Node, name string) error {
	by := flagInstructions[name]
	if slices.Contains(by, strings.ToLower(node.Value)) {
		return nil
	}
	return diag.WithHint(fmt.Errorf("%s does not take --%s", strings.ToUpper(node.Value), name),
		"it is a flag of %s", strings.ToUpper(strings.Join(by, ", ")))
}

func parseFlags(node *parser.Node, own []string) (Flags, error) {
	for _, f := range own {
		if err := checkTaken(node, flagName(f)); err != nil {
			return Flags{}, err
		}
	}
	b := instructions.NewBFlagsWithArgs(own)
	noCache := b.AddBool(flagNoCache, false)
	explicit := b.AddBool(flagExplicit, false)
	ttl := b.AddString(flagTTL, "")
	key := b.AddString(flagKey, "")
	args := b.AddString(flagArg, "")
	if err := b.Parse(); err != nil {
		return Flags{}, diag.WithHint(err, "%s", flagHint(err))
	}
	f := Flags{NoCache: noCache.IsTrue(), Explicit: explicit.IsTrue(), TTL: ttl.Value}
	if key.IsUsed() {
		f.Key = &key.Value
	}
	if args.IsUsed() {
		f.Args = strings.Split(args.Value, ",")
	}
	return f, f.check(ttl.IsUsed())
}

// flagHint says how to fix an error of BuildKit's parser of flags, which names the
// flag first.
func flagHint(err error) string {
	text := err.Error()
	if strings.HasPrefix(text, "duplicate flag") {
		return "give each flag once, as in --cache-ttl=12h or --arg=A,B"
	}
	_, name, _ := strings.Cut(text, "--")
	name, _, _ = strings.Cut(name, ",")
	form := flagForm(name)
	if form == name {
		return "write --" + name + " without a value, or remove it: variables are not expanded"
	}
	return "write --" + form
}

func (f Flags) check(ttlSet bool) error {
	if ttlSet {
		if f.NoCache {
			return diag.WithHint(errors.New("--no-cache and --cache-ttl exclude each other"),
				"the first runs the step in every build, the second once per period")
		}
		if !strings.Contains(f.TTL, "$") {
			if _, err := ParseTTL(f.TTL); err != nil {
				return err
			}
		}
	}
	for _, name := range f.Args {
		if name == "" {
			return diag.WithHint(fmt.Errorf("--arg=%s: a name is missing", strings.Join(f.Args, ",")),
				"write --arg=NAME or --arg=NAME,NAME")
		}
	}
	return nil
}

// suggestFlag adds the most similar flag of Strata to BuildKit's error about an
// unknown flag, unless that has a suggestion.
func suggestFlag(node *parser.Node, err error) error {
	_, unknown, found := strings.Cut(err.Error(), "unknown flag: --")
	if !found || strings.Contains(unknown, "did you mean") {
		return err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(flagInstructions)) {
		if slices.Contains(flagInstructions[name], strings.ToLower(node.Value)) {
			names = append(names, name)
		}
	}
	return suggest.WrapError(err, unknown, names, true)
}
