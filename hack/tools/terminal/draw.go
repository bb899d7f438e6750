package main

import (
	"fmt"
	"html"
	"image/color"
	"strings"
)

const (
	lineHeight = 18
	charWidth  = 8.1
	margin     = 14
)

// hex returns a color in the form of SVG, or "" if there is none. It replaces dark
// blue, in which buildx shows finished steps, because it cannot be read on a dark
// background.
func hex(c color.Color) string {
	if c == nil {
		return ""
	}
	r, g, b, _ := c.RGBA()
	if r>>8 < 0x60 && g>>8 < 0x60 {
		return "#7aa2f7"
	}
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func draw(lines [][]span) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13.5">
<rect width="100%%" height="100%%" rx="8" fill="#1a1b26"/>
`, 2*margin+columns*charWidth, 2*margin+len(lines)*lineHeight)
	for y, line := range lines {
		if len(line) == 0 {
			continue
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#c0caf5" xml:space="preserve">`, margin, margin+(y+1)*lineHeight-5)
		for _, s := range line {
			if s.color == "" {
				b.WriteString(html.EscapeString(s.text))
			} else {
				fmt.Fprintf(&b, `<tspan fill="%s">%s</tspan>`, s.color, html.EscapeString(s.text))
			}
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}
