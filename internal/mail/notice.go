package mail

import (
	_ "embed" // the layout of notices
	"fmt"
	"html/template"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
)

//go:embed notice.html
var noticeHTML string

// noticeLayout is the HTML of mails that report a notification.
var noticeLayout = template.Must(template.New("notice").Parse(noticeHTML))

// noticePage holds the contents of a mail that reports a notification.
type noticePage struct {
	notices.Notice
	Language               market.Language
	URL, LinkText          string // of the page about the notice; "" for none
	Settings, SettingsText string // the page on which these mails are turned off; "" for none
}

// notice returns the mail that reports the message's notification, in the language of its account.
func (m Message) notice(sites Sites) (subject, text, html string, err error) {
	n := notices.Of(*m.Notification, m.Role, m.Language)
	p := noticePage{Notice: n, Language: m.Language, URL: sites.page(m.Role, n.Path)}
	if m.Notification.Topic != market.TopicMoney && m.Notification.Topic != market.TopicAccount {
		p.Settings = sites.page(m.Role, "/profile")
	}
	subject, p.LinkText, p.SettingsText = "[All-In-Market] "+n.Title, "자세한 내용 조회", "알림 메일 설정:"
	if m.Language == market.English {
		p.LinkText, p.SettingsText = "View details", "Mail settings:"
	}
	if product := m.Notification.Facts.Product; product != "" {
		subject += ": " + strings.Join(strings.Fields(product), " ")
	}
	var plain strings.Builder
	fmt.Fprintf(&plain, "%s\n\n%s\n\n", n.Title, n.Message)
	for _, f := range n.Facts {
		fmt.Fprintf(&plain, "%s: %s\n", f.Name, f.Value)
	}
	if p.URL != "" {
		fmt.Fprintf(&plain, "\n%s\n%s\n", p.LinkText, p.URL)
	}
	if p.Settings != "" {
		fmt.Fprintf(&plain, "\n%s %s\n", p.SettingsText, p.Settings)
	}
	var page strings.Builder
	err = noticeLayout.Execute(&page, p)
	return subject, plain.String(), page.String(), err
}
