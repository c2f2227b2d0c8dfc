package mail

import (
	_ "embed" // the layout of mails
	"fmt"
	"html/template"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
)

//go:embed letter.html
var letterHTML string

// letterLayout is the HTML of mails.
var letterLayout = template.Must(template.New("letter").Parse(letterHTML))

// letter is the contents of a mail. Empty fields are left out.
type letter struct {
	Language               market.Language
	Title                  string
	Paragraphs             []string
	Facts                  []notices.Fact
	Code                   string // to enter on a page
	URL, LinkText          string // of the page about it
	Settings, SettingsText string // the page on which these mails are turned off
}

// text returns the letter as plain text.
func (l letter) text() string {
	var plain strings.Builder
	fmt.Fprintf(&plain, "%s\n\n", l.Title)
	for _, p := range l.Paragraphs {
		fmt.Fprintf(&plain, "%s\n\n", p)
	}
	for _, f := range l.Facts {
		fmt.Fprintf(&plain, "%s: %s\n", f.Name, f.Value)
	}
	if l.Code != "" {
		fmt.Fprintf(&plain, "\n    %s\n", l.Code)
	}
	if l.URL != "" {
		fmt.Fprintf(&plain, "\n%s\n%s\n", l.LinkText, l.URL)
	}
	if l.Settings != "" {
		fmt.Fprintf(&plain, "\n%s %s\n", l.SettingsText, l.Settings)
	}
	return plain.String()
}

// html returns the letter as a page.
func (l letter) html() (string, error) {
	var page strings.Builder
	err := letterLayout.Execute(&page, l)
	return page.String(), err
}
