package mail

import (
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
)

// notice returns the mail that reports the message's notification, in the language of its account.
func (m Message) notice(sites Sites) (subject string, l letter) {
	n := notices.Of(*m.Notification, m.Role, m.Language)
	l = letter{
		Language: m.Language, Title: n.Title, Paragraphs: []string{n.Message}, Facts: n.Facts,
		URL: sites.page(m.Role, n.Path), LinkText: m.in("자세한 내용 조회", "View details"),
	}
	if m.Notification.Topic != market.TopicMoney && m.Notification.Topic != market.TopicAccount {
		l.Settings, l.SettingsText = sites.page(m.Role, "/profile"), m.in("알림 메일 설정:", "Mail settings:")
	}
	subject = subjectPrefix + n.Title
	if product := m.Notification.Facts.Product; product != "" {
		subject += ": " + strings.Join(strings.Fields(product), " ")
	}
	return subject, l
}
