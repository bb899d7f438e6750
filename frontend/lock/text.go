package lock

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Text returns the check as text for users.
func (c *Check) Text() string {
	var out strings.Builder
	switch n := len(c.Differences); n {
	case 0:
		fmt.Fprintf(&out, "%s is up to date: %s.\n", c.Lock, plural(c.Sources, "source"))
	default:
		fmt.Fprintf(&out, "%s has %s.\n", c.Lock, plural(n, "difference"))
	}
	for _, d := range c.Differences {
		place := fmt.Sprintf("%s:%d", path.Base(c.of.Name), d.Line)
		if d.Line == 0 {
			place = fmt.Sprintf("%s:%d", c.Lock, d.LockLine)
		}
		fmt.Fprintf(&out, "\n%-8s %s (%s)\n", d.State, d.Name, place)
		d.Old.write(&out, "old")
		d.New.write(&out, "new")
		if d.Error != "" {
			fmt.Fprintf(&out, "    error  %s\n", d.Error)
		}
	}
	if len(c.Differences) > 0 {
		fmt.Fprintf(&out, "\nUpdate it with %s\n", c.of.Update())
	}
	switch s := c.Syntax; {
	case s == nil:
	case s.Error != "":
		fmt.Fprintf(&out, "\nThe syntax line names %s, which cannot be looked up: %s\n", s.Name, s.Error)
	default:
		fmt.Fprintf(&out, "\nThe syntax line names %s, which is %s now. A lock cannot pin it: write # syntax=%s@%s to do so.\n", s.Name, s.Digest, s.Name, s.Digest)
	}
	return out.String()
}

func (p *Pinned) write(out *strings.Builder, label string) {
	if p == nil {
		return
	}
	var about []string
	if p.Created != nil {
		about = append(about, "built "+p.Created.UTC().Format(time.DateTime))
	}
	if p.Version != "" {
		about = append(about, "version "+p.Version)
	}
	line := p.Pin
	if len(about) > 0 {
		line += " (" + strings.Join(about, ", ") + ")"
	}
	fmt.Fprintf(out, "    %s  %s\n", label, line)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
