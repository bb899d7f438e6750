// Command terminal runs a shell script in a terminal, and draws the final content
// of the screen:
//
//	terminal SCRIPT PICTURE.svg
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The size of the screen. It is high, because lines that do not fit scroll away.
const (
	columns = 96
	rows    = 80
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: terminal SCRIPT PICTURE.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "terminal:", err)
		os.Exit(1)
	}
}

func run(script, picture string) error {
	screen, err := record(exec.Command("sh", "-e", script))
	if err != nil {
		fmt.Fprintln(os.Stderr, screen)
		return fmt.Errorf("%s: %w", script, err)
	}
	return os.WriteFile(picture, []byte(draw(linesOf(screen))), 0o644)
}

// record runs a command to its end and returns the screen.
func record(cmd *exec.Cmd) (*vt.Emulator, error) {
	screen := vt.NewEmulator(columns, rows)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: columns, Rows: rows})
	if err != nil {
		return screen, err
	}
	defer tty.Close()
	go func() { _, _ = io.Copy(tty, screen) }() // answers to queries of the program
	_, _ = io.Copy(screen, tty)                 // fails when the command has closed its end
	return screen, cmd.Wait()
}

// span is a piece of a line in one color; an empty one is the terminal's own.
type span struct{ text, color string }

// linesOf reads the screen, without the empty lines at its end.
func linesOf(screen *vt.Emulator) (lines [][]span) {
	used := 0
	for y := range rows {
		line := lineOf(screen, y)
		if lines = append(lines, line); len(line) > 0 {
			used = y + 1
		}
	}
	return lines[:used]
}

func lineOf(screen *vt.Emulator, y int) (line []span) {
	blanks := ""
	for x := range columns {
		cell := screen.CellAt(x, y)
		if cell == nil || cell.Content == "" || cell.Content == " " {
			blanks += " "
			continue
		}
		color := hex(cell.Style.Fg)
		if last := len(line) - 1; last >= 0 && line[last].color == color {
			line[last].text += blanks + cell.Content
		} else {
			line = append(line, span{blanks + cell.Content, color})
		}
		blanks = ""
	}
	return line
}
