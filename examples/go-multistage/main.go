// Command outline prints the headings and links of an HTML page: of the file
// it is given, of standard input for "-", or of the page built into it.
package main

import (
	_ "embed"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"golang.org/x/net/html"
)

//go:embed page.html
var builtin string

func main() {
	log.SetFlags(0)
	page, err := open(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	defer page.Close()
	doc, err := html.Parse(page)
	if err != nil {
		log.Fatal(err)
	}
	headings, links := outline(doc)
	for _, h := range headings {
		fmt.Println(h)
	}
	fmt.Printf("%d headings, %d links\n", len(headings), links)
}

// open returns the page that the arguments name.
func open(args []string) (io.ReadCloser, error) {
	switch {
	case len(args) == 0:
		return io.NopCloser(strings.NewReader(builtin)), nil
	case args[0] == "-":
		return os.Stdin, nil
	}
	return os.Open(args[0])
}

// outline returns the headings of doc, indented by level, and how many links it has.
func outline(doc *html.Node) (headings []string, links int) {
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "a" {
			links++
		}
		if level := headingLevel(n.Data); level > 0 {
			headings = append(headings, strings.Repeat("  ", level-1)+text(n))
		}
	}
	return headings, links
}

// headingLevel returns 1 to 6 for h1 to h6, and 0 for any other element.
func headingLevel(tag string) int {
	if len(tag) == 2 && tag[0] == 'h' && '1' <= tag[1] && tag[1] <= '6' {
		return int(tag[1] - '0')
	}
	return 0
}

// text returns the text inside n.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
