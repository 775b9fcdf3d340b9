package outward_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/internal/outward"
)

// postbox is a mail server that takes every letter.
func postbox(t *testing.T, secure ...*tls.Config) (host string, port int, letters chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	letters = make(chan string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go take(conn, letters, secure...)
		}
	}()
	return "127.0.0.1", l.Addr().(*net.TCPAddr).Port, letters
}

func take(conn net.Conn, letters chan string, secure ...*tls.Config) {
	defer func() { conn.Close() }()
	in, envelope := bufio.NewScanner(conn), ""
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 postbox")
	for in.Scan() {
		switch line := in.Text(); {
		case line == "DATA":
			say("354 go on")
			var b strings.Builder
			for in.Scan() && in.Text() != "." {
				b.WriteString(in.Text() + "\r\n")
			}
			letters <- envelope + "\n" + b.String()
			say("250 taken")
		case line == "QUIT":
			say("221 bye")
			return
		case line == "STARTTLS":
			say("220 begin")
			conn = tls.Server(conn, secure[0])
			in, envelope = bufio.NewScanner(conn), "secure\n"
		case strings.HasPrefix(line, "EHLO") && secure != nil:
			say("250-postbox\r\n250-STARTTLS\r\n250 AUTH PLAIN")
		case strings.HasPrefix(line, "EHLO"):
			say("250 postbox")
		case strings.HasPrefix(line, "AUTH"):
			envelope += line + "\n"
			say("235 welcome")
		default:
			envelope += line + "\n"
			say("250 ok")
		}
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestALetterArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	host, port, letters := postbox(t)
	m := outward.Mailer{Host: host, Port: port, From: "remit@example.org", Secure: outward.Cleartext}
	const subject = "Nächte in Jörgs Wiese 🦋 sind leider nicht gut gegangen, und das ist eine lange Zeile, die gefaltet werden muss"
	const text = "Zeile eins\n.\nBcc: eve@example.org\n" + "weit weit weit weit weit weit weit weit weit weit weit weit weit weit weit weit\n"
	err := m.Send(t.Context(), outward.Letter{ID: "delivery_1", To: "ada@example.org", Subject: subject, Text: text, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	envelope, rest, _ := strings.Cut(<-letters, "\n\n")
	if envelope != "MAIL FROM:<remit@example.org>\nRCPT TO:<ada@example.org>" {
		t.Errorf("envelope:\n%s", envelope)
	}
	got, err := mail.ReadMessage(strings.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := (&mime.WordDecoder{}).DecodeHeader(got.Header.Get("Subject")); s != subject || err != nil {
		t.Errorf("subject: %q %v", s, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if want := strings.ReplaceAll(text, "\n", "\r\n"); err != nil || strings.ReplaceAll(string(body), "\n..", "\n.") != want {
		t.Errorf("text: %q %v", body, err)
	}
	if got.Header.Get("Message-Id") != "<delivery_1@example.org>" || got.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers: %v", got.Header)
	}
}

func TestNoHeaderComesOutOfASubject(t *testing.T) {
	t.Parallel()
	host, port, letters := postbox(t)
	m := outward.Mailer{Host: host, Port: port, From: "remit@example.org", Secure: outward.Cleartext}
	for _, hostile := range []string{"x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org\n\nbody", "=?utf-8?q?x=0D=0ABcc:_eve?=", "ü\r\nBcc: eve@example.org", strings.Repeat("ü\r\n", 100)} {
		if err := m.Send(t.Context(), outward.Letter{ID: "d", To: "ada@example.org", Subject: hostile, Text: "text", At: noon}); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(<-letters, "\n\n")
		got, err := mail.ReadMessage(strings.NewReader(rest))
		if err != nil || got.Header.Get("Bcc") != "" || len(got.Header) != 9 {
			t.Errorf("%q: %v %v", hostile, got.Header, err)
		}
		if body, _ := io.ReadAll(got.Body); strings.TrimSpace(string(body)) != "text" {
			t.Errorf("%q: the text is %q", hostile, body)
		}
	}
}

// RFC 8058, section 3.1: both headers, and https alone.
func TestALetterThatCanBeEndedByAClickSaysWhere(t *testing.T) {
	t.Parallel()
	host, port, letters := postbox(t)
	m := outward.Mailer{Host: host, Port: port, From: "remit@example.org", Secure: outward.Cleartext}
	const good = "https://remit.example.org/notifications/stop?token=abc%3D"
	for stop, want := range map[string]string{good: "<" + good + ">", "": "", "http://remit.example.org/stop": "", "https://x>\r\nBcc: eve@example.org": "",
		"https://x>, <mailto:eve@example.org": ""} {
		if err := m.Send(t.Context(), outward.Letter{ID: "d", To: "ada@example.org", Subject: "x", Text: "text", Stop: stop, At: noon}); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(<-letters, "\n\n")
		got, err := mail.ReadMessage(strings.NewReader(rest))
		if err != nil || got.Header.Get("List-Unsubscribe") != want || got.Header.Get("Bcc") != "" ||
			(got.Header.Get("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click") != (want != "") {
			t.Errorf("%q: %v %v", stop, got.Header, err)
		}
	}
}

func TestNoLetterGoesToAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	m := outward.Mailer{Host: "127.0.0.1", Port: 1, From: "remit@example.org"}
	for _, to := range []string{"", "ada", "a@b.c, eve@example.org", "a@b.c\r\nRCPT TO:<eve@example.org>", "Ada <a@b.c>", "<a@b.c>"} {
		if err := m.Send(t.Context(), outward.Letter{To: to, At: noon}); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%q: %v", to, err)
		}
	}
}

func TestALetterDoesNotTravelInTheOpenUnlessThatWasSaid(t *testing.T) {
	t.Parallel()
	host, port, letters := postbox(t)
	err := outward.Mailer{Host: host, Port: port, From: "remit@example.org"}.Send(t.Context(), outward.Letter{ID: "d", To: "ada@example.org", At: noon})
	if err == nil || !strings.Contains(err.Error(), "STARTTLS") || len(letters) != 0 {
		t.Errorf("%v, %d letters", err, len(letters))
	}
}

func TestTheConnectionIsSecuredBeforeAnybodySignsIn(t *testing.T) {
	t.Parallel()
	certified := httptest.NewTLSServer(nil)
	t.Cleanup(certified.Close)
	host, port, letters := postbox(t, &tls.Config{Certificates: certified.TLS.Certificates})
	trust := x509.NewCertPool()
	trust.AddCert(certified.Certificate())
	m := outward.Mailer{Host: host, Port: port, From: "remit@example.org", User: "remit", Password: "hunter22", Trust: trust}
	l := outward.Letter{ID: "d", To: "ada@example.org", At: noon}
	if err := m.Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	want := "secure\nAUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00remit\x00hunter22")) + "\n"
	if got := <-letters; !strings.HasPrefix(got, want) {
		t.Errorf("said: %s", got)
	}
	m.Trust = nil
	if err := m.Send(t.Context(), l); err == nil || len(letters) != 0 {
		t.Errorf("a certificate of nobody's: %v", err)
	}
}
