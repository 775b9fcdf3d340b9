package notify_test

import (
	"bufio"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/remit-server/remit/internal/outward"
)

// post is a mail server.
type post struct {
	mu      sync.Mutex
	down    bool
	letters []letter
}

type letter struct {
	to, subject, text string
	stop              string // the address that ends such letters
}

// open starts it, and returns who sends by it.
func (p *post) open(t testing.TB) outward.Mailer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.take(conn)
		}
	}()
	return outward.Mailer{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "remit@example.org", Secure: outward.Cleartext}
}

func (p *post) take(conn net.Conn) {
	defer conn.Close()
	in, to := bufio.NewScanner(conn), ""
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 post")
	for in.Scan() {
		switch line := in.Text(); {
		case p.isDown():
			say("451 not now")
		case line == "DATA":
			say("354 go on")
			var b strings.Builder
			for in.Scan() && in.Text() != "." {
				b.WriteString(strings.TrimPrefix(in.Text(), ".") + "\r\n")
			}
			p.keep(to, b.String())
			say("250 taken")
		case line == "QUIT":
			say("221 bye")
			return
		case strings.HasPrefix(line, "RCPT TO:"):
			to += strings.Trim(strings.TrimPrefix(line, "RCPT TO:"), "<>")
			say("250 ok")
		default:
			say("250 ok")
		}
	}
}

func (p *post) keep(to, text string) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return
	}
	subject, _ := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
	p.mu.Lock()
	defer p.mu.Unlock()
	stop := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
	if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		stop = ""
	}
	p.letters = append(p.letters, letter{to, subject, strings.ReplaceAll(string(body), "\r\n", "\n"), stop})
}

func (p *post) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

func (p *post) set(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// taken are the letters since they were asked for.
func (p *post) taken() (all []letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, p.letters = p.letters, nil
	return all
}
