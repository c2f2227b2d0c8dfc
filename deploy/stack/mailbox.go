package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbox takes all mails that the marketplace sends and shows them on a page: none
// leaves this machine. It keeps the newest ones in memory.
type mailbox struct {
	mu    sync.Mutex
	mails []receivedMail // the oldest first
}

type receivedMail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	HTML    string    `json:"html,omitempty"` // the same as HTML, if it has that
	At      time.Time `json:"at"`
}

// keptMails is how many mails are kept, and maxMail how large one may be, in bytes.
const (
	keptMails = 20_000
	maxMail   = 1 << 20
)

// startMailbox serves SMTP, and a page with what has come: as JSON at /mails?to=ADDRESS.
func startMailbox(ctx context.Context, s *services, opt serviceOptions) error {
	smtpPort, err := s.port("the mailbox's SMTP", 1025, opt)
	if err != nil {
		return err
	}
	pagePort, err := s.port("the mailbox", 8025, opt)
	if err != nil {
		return err
	}
	box := &mailbox{}
	server := smtp.NewServer(box)
	server.Domain, server.MaxMessageBytes, server.MaxRecipients = "localhost", maxMail, 1
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	mails, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(smtpPort)))
	if err != nil {
		return err
	}
	page, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(pagePort)))
	if err != nil {
		return err
	}
	go func() { _ = server.Serve(mails) }()
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", box.page)
	routes.HandleFunc("GET /mails", box.list)
	go func() { _ = (&http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}).Serve(page) }()
	context.AfterFunc(ctx, func() { _, _ = server.Close(), page.Close() })
	s.smtpURL, s.mailboxURL = "smtp://"+mails.Addr().String(), "http://"+page.Addr().String()
	return nil
}

// NewSession implements smtp.Backend.
func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: b}, nil }

type mailSession struct {
	box *mailbox
	to  string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes every recipient but those at invalid.test, so that refusals can be tried.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasSuffix(to, "@invalid.test") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	m, err := readMail(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	m.To = s.to
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, m)
	s.box.mails = s.box.mails[max(0, len(s.box.mails)-keptMails):]
	return nil
}

func (s *mailSession) Reset()        { s.to = "" }
func (s *mailSession) Logout() error { return nil }

// readMail reads a mail of text, or of text and the same as HTML.
func readMail(r io.Reader) (m receivedMail, err error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return m, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return m, err
	}
	m = receivedMail{Subject: subject, At: time.Now()}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		m.Body, err = readPart(message.Header.Get("Content-Transfer-Encoding"), message.Body)
		return m, err
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		content, err := readPart(part.Header.Get("Content-Transfer-Encoding"), part)
		if err != nil {
			return m, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = content
		} else {
			m.Body = content
		}
	}
}

// readPart reads a part of a mail with its transfer encoding.
func readPart(encoding string, body io.Reader) (string, error) {
	switch encoding = strings.ToLower(encoding); encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "", "7bit", "8bit":
	default:
		return "", errors.New("unknown transfer encoding " + encoding)
	}
	content, err := io.ReadAll(body)
	return strings.ReplaceAll(string(content), "\r\n", "\n"), err
}

// newest returns the mails to an address, or all, the newest first.
func (b *mailbox) newest(to string) []receivedMail {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []receivedMail{}
	for _, m := range slices.Backward(b.mails) {
		if to == "" || strings.EqualFold(m.To, to) {
			found = append(found, m)
		}
	}
	return found
}

func (b *mailbox) list(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(b.newest(r.URL.Query().Get("to")))
}

func (b *mailbox) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	to := r.URL.Query().Get("to")
	_ = mailboxPage.Execute(w, struct {
		To    string
		Mails []receivedMail
	}{to, b.newest(to)})
}

var mailboxPage = template.Must(template.New("mailbox").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Mailbox</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .5rem; }
article { padding: 1rem; margin: 1rem 0; }
h2 { font-size: 1.1rem; margin: 0; }
.meta { opacity: .7; font-size: .9rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .75rem 0 0; }
</style>
<h1>Mailbox</h1>
<p>Mails that this marketplace has sent, the newest first. They stay on this machine, until it stops.</p>
<form>
<label>To <input type="search" name="to" value="{{.To}}" placeholder="anyone"></label>
<button>Show</button>
</form>
{{range .Mails}}
<article>
<h2>{{.Subject}}</h2>
<div class="meta">To {{.To}}, {{.At.Format "2006-01-02 15:04:05"}}</div>
<pre>{{.Body}}</pre>
</article>
{{else}}
<p>No mails yet. Sign up at the API, or ask for a password reset.</p>
{{end}}
</html>
`))
