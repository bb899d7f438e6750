package bench

import (
	"fmt"
	"html"
	"os"
	"strings"
	"time"
)

const (
	pixels   = 3.6 // per millisecond
	rowPitch = 20
	gutter   = 20
)

// WriteTimeline draws the calls of one build of each frontend to its gateway. It
// does not change the file if they were not measured.
func (r *Runner) WriteTimeline(file string) error {
	if len(r.Timelines.Strata) == 0 {
		return nil
	}
	width := int(max(last(r.Timelines.Strata), last(r.Timelines.Reference)) * pixels)
	var b strings.Builder
	y := gutter
	for _, t := range []struct {
		name, color string
		calls       []GatewayCall
	}{{"Strata", "#2f7d4f", r.Timelines.Strata}, {"docker/dockerfile", "#7a6a9d", r.Timelines.Reference}} {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s, %.0f ms</text>`+"\n", gutter, y+12, t.name, last(t.calls))
		y += rowPitch
		for _, c := range t.calls {
			x, w := millis(c.Start)*pixels+gutter, millis(c.End-c.Start)*pixels
			fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y, w, rowPitch-4, t.color)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%s</text>`+"\n", x+w+4, y+12, html.EscapeString(c.What))
			y += rowPitch
		}
		y += rowPitch
	}
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="white"/>
%s</svg>
`, width+2*gutter+300, y, b.String())
	return os.WriteFile(file, []byte(svg), 0o644)
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func last(calls []GatewayCall) float64 {
	end := 0.0
	for _, c := range calls {
		end = max(end, millis(c.End))
	}
	return end
}
