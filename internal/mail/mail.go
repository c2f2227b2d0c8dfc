// Package mail writes and sends the mails that holders of accounts get.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/all-in-market/market/internal/market"
)

// Sender hands mails to an SMTP server.
type Sender struct {
	client *gomail.Client
	from   string
	sites  Sites
}

// Sites are the base addresses of the pages that mails link to; "" for none.
type Sites struct {
	Market  string // of the API, with the shop and the seller centre
	Console string // of staff
}

// page returns the address of a page of the site for a role; "" if the site is not configured.
func (s Sites) page(role market.Role, path string) string {
	base, site := s.Market, ""
	switch role {
	case market.RoleBuyer:
		site = "/shop"
	case market.RoleSeller:
		site = "/seller-center"
	default:
		base = s.Console
	}
	if base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + site + path
}

// sendTimeout bounds one conversation with the SMTP server.
const sendTimeout = 20 * time.Second

// NewSender makes a sender by way of an SMTP server at smtp://user:password@host:587
// (STARTTLS, unless the host is this machine) or smtps://user:password@host:465.
func NewSender(address, from string, sites Sites) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("SMTP_URL is not of the form smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	port, options := 587, []gomail.Option{gomail.WithTimeout(sendTimeout)}
	switch {
	case u.Scheme == "smtps":
		port = 465
		options = append(options, gomail.WithSSL())
	case u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("SMTP_URL: %w", err)
		}
	}
	options = append(options, gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()),
			gomail.WithPassword(password))
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, fmt.Errorf("MAIL_FROM is not an email address: %w", err)
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	return &Sender{client: client, from: from, sites: sites}, err
}

// ErrRefused means that the SMTP server rejected the mail permanently.
var ErrRefused = errors.New("SMTP server rejected the mail permanently")

// Send sends a mail once. It fails with ErrRefused, or with another error when trying
// withRetry may help.
func (s *Sender) Send(ctx context.Context, m Message) error {
	msg := gomail.NewMsg()
	if err := errors.Join(msg.From(s.from), msg.To(m.Recipient)); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	write := m.account
	if m.Notification != nil {
		write = m.notice
	}
	subject, l := write(s.sites)
	html, err := l.html()
	if err != nil {
		return err
	}
	msg.Subject(subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(gomail.TypeTextPlain, l.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	err = s.client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
