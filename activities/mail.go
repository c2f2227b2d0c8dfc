package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/mail"
)

// MailOutcome is the outcome of a mail: SENT, REFUSED (the mail server rejected it permanently, for
// example because the address does not exist) or NOBODY (no account has the address, or the mail is
// no longer kept).
type MailOutcome string

// The outcomes of a mail.
const (
	MailSent    MailOutcome = "SENT"
	MailRefused MailOutcome = "REFUSED"
	MailNobody  MailOutcome = "NOBODY"
)

// SendMail sends a mail. If a process dies before the mail is recorded as sent, it is sent twice,
// with the same single-use token.
func (a *Activities) SendMail(ctx context.Context, mailID int64) (MailOutcome, error) {
	if a.Mails == nil {
		return "", errors.New("mail server not configured: set SMTP_URL in all worker processes")
	}
	m, found, err := a.Store.MailToSend(ctx, mailID)
	if err != nil {
		return "", err
	}
	if !found {
		return MailNobody, nil
	}
	message := mail.Message{
		Kind: m.Kind, Role: m.Role, Recipient: string(m.Recipient), Reason: m.Reason,
		Notification: m.Notification, Language: m.Language,
		StaffRole: m.StaffRole, SenderName: m.SenderName, SenderEmail: m.SenderEmail,
	}
	if m.Kind.TokenLifetime() > 0 {
		message.Token = a.MailTokens.Token(m.Kind, m.Role, m.ID)
	}
	err = a.Mails.Send(ctx, message)
	if errors.Is(err, mail.ErrRefused) {
		activity.GetLogger(ctx).Warn("mail rejected permanently", "mail_id", mailID, "error", err)
		return MailRefused, nil
	}
	if err != nil {
		return "", err
	}
	return MailSent, nil
}
