package outward

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"time"
)

// How a connection to the mail server is secured.
const (
	StartTLS  = "starttls" // it begins in the open; refused where the server does not offer it
	TLS       = "tls"      // from the first byte
	Cleartext = "none"     // never; then no password is sent, but to a loopback address
)

// Mailer sends letters through one mail server.
type Mailer struct {
	Host           string
	Port           int            // 0 = 587, or 465 for TLS
	From           string         // "remit@example.org"
	User, Password string         // "" = without signing in
	Secure         string         // StartTLS ("" too), TLS or Cleartext
	Trust          *x509.CertPool // whose certificates are believed; nil = those of the system
}

// Letter is a text to one person.
type Letter struct {
	ID      string // tells a letter that comes twice
	To      string // an address and nothing else
	Subject string // one line; anything may be in it
	Text    string
	Stop    string // https address to which a POST ends such letters (RFC 8058); others are left out
	At      time.Time
}

// sending bounds the whole of one letter.
const sending = 30 * time.Second

// Send hands the letter over. An error says what the mail server said.
func (m Mailer) Send(ctx context.Context, l Letter) error {
	to, err := mail.ParseAddress(l.To)
	if err != nil || to.Address != l.To || strings.ContainsAny(l.To, "\r\n") {
		return errors.New("the account's e-mail address is none")
	}
	ctx, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	c, err := m.connect(ctx)
	if err != nil {
		return fmt.Errorf("reaching the mail server: %w", err)
	}
	defer c.Close()
	if err := m.hand(c, to.Address, l); err != nil {
		return fmt.Errorf("the mail server: %w", err)
	}
	return nil
}

func (m Mailer) connect(ctx context.Context) (*smtp.Client, error) {
	port := cmp.Or(m.Port, map[string]int{TLS: 465}[m.Secure], 587)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(m.Host, fmt.Sprint(port)))
	if err != nil {
		return nil, err
	}
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until) // where it cannot be set, the dialer's own limits hold
	}
	if m.Secure == TLS {
		conn = tls.Client(conn, m.tls())
	}
	c, err := smtp.NewClient(conn, m.Host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := m.greet(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// greet secures the connection and signs in.
func (m Mailer) greet(c *smtp.Client) error {
	if m.Secure == StartTLS || m.Secure == "" {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return errors.New(`it does not offer STARTTLS (set tls = "tls" or "none" in [smtp] if that is meant)`)
		}
		if err := c.StartTLS(m.tls()); err != nil {
			return err
		}
	}
	if m.User == "" {
		return nil
	}
	return c.Auth(smtp.PlainAuth("", m.User, m.Password, m.Host))
}

func (m Mailer) tls() *tls.Config {
	return &tls.Config{ServerName: m.Host, RootCAs: m.Trust}
}

func (m Mailer) hand(c *smtp.Client, to string, l Letter) error {
	if err := c.Mail(m.From); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.message(to, l)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it was taken
	return nil
}

// message is the letter as RFC 5322 has it; whatever a subject holds stays in it.
func (m Mailer) message(to string, l Letter) []byte {
	_, domain, _ := strings.Cut(m.From, "@")
	var b bytes.Buffer
	for _, h := range append(stops(l.Stop), [][2]string{
		{"From", (&mail.Address{Name: "Remit", Address: m.From}).String()},
		{"To", (&mail.Address{Address: to}).String()},
		{"Subject", subject(l.Subject)},
		{"Date", l.At.Format(time.RFC1123Z)},
		{"Message-ID", "<" + l.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	}...) {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(l.Text)) // a buffer takes everything
	_ = q.Close()
	return b.Bytes()
}

// stops are the headers by which mail programs offer to end such letters with
// one click. They are for https alone.
func stops(address string) [][2]string {
	if !strings.HasPrefix(address, "https://") || strings.ContainsAny(address, " <>\r\n") {
		return nil
	}
	return [][2]string{{"List-Unsubscribe", "<" + address + ">"}, {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}}
}

// subject is one line of ASCII, folded as RFC 2047 wants it.
func subject(text string) string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", line), "?= =?", "?=\r\n =?")
}
