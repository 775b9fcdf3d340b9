package outward_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/outward"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestOnlyAddressesOutsideAreReached(t *testing.T) {
	t.Parallel()
	allowed, err := outward.Networks([]string{"10.1.0.0/16", "fd00:1::5"})
	if err != nil {
		t.Fatal(err)
	}
	w := outward.NewWeb(outward.WebOptions{Allow: allowed})
	for url, outside := range map[string]bool{
		"https://93.184.215.14/": true, "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/": true, "https://chat.example.org/hooks/1?x=y": true,
		"http://10.1.2.3/": true, "http://[fd00:1::5]/": true,
		"http://127.0.0.1/": false, "http://127.9.9.9:80/": false, "http://0.0.0.0/": false, "http://10.2.0.1/": false, "http://172.31.0.1/": false,
		"http://192.168.0.1/": false, "http://169.254.169.254/latest": false, "http://168.63.129.16/": false, "http://100.64.0.1/": false,
		"http://100.127.255.255/": false, "http://224.0.0.1/": false, "http://255.255.255.255/": false, "http://198.18.0.1/": false,
		"http://[::1]/": false, "http://[::]/": false, "http://[fe80::1]/": false, "http://[fd00:1::6]/": false, "http://[fd00:ec2::254]/": false,
		"http://[ff02::1]/": false, "http://[::ffff:127.0.0.1]/": false, "http://[::ffff:10.1.2.3]/": true, "http://[::ffff:169.254.169.254]/": false,
		"http://[64:ff9b::7f00:1]/": false, "http://[2002:7f00:1::]/": false, "http://[2001::1]/": false, "http://[::127.0.0.1]/": false,
		"ftp://example.org/": false, "https://": false, "https:///x": false, "https://user@example.org/": false, "https://example.org/#x": false,
		"https://example.org/a b": false, "https://example.org:65536/": false, "https://example.org:0/": false, "https://example.org:65535/": true, "https://example.org/\r\nX: y": false, "javascript:alert(1)": false, "": false,
		"https://example.org/" + strings.Repeat("a", 2000): false,
	} {
		err := w.CheckURL(url)
		if (err == nil) != outside {
			t.Errorf("%q: %v, want outside: %t", url, err, outside)
		}
		if e, ok := err.(*remit.Error); err != nil && (!ok || e.Kind != remit.Invalid || e.Field != "url") {
			t.Errorf("%q: %v names no field", url, err)
		}
	}
	if _, err := outward.Networks([]string{"10.0.0.0/33"}); remit.KindOf(err) != remit.Invalid {
		t.Errorf("no network: %v", err)
	}
}

// receiver counts requests.
func receiver(t *testing.T, answer http.HandlerFunc) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); answer(w, r) }))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestALoopbackAddressIsNotDialedThoughNobodyCheckedIt(t *testing.T) {
	t.Parallel()
	url, asked := receiver(t, func(http.ResponseWriter, *http.Request) {})
	for _, url := range []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1), strings.Replace(url, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		_, err := outward.NewWeb(outward.WebOptions{}).Post(t.Context(), url, nil, nil)
		if err == nil || asked.Load() != 0 || !strings.Contains(err.Error(), "outside") {
			t.Errorf("%s: %v after %d requests", url, err, asked.Load())
		}
	}
}

// rebinding answers for every name, the first time with an address outside and then with 127.0.0.1.
func rebinding(t *testing.T) *net.Resolver {
	t.Helper()
	var asked atomic.Int64
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		for buf := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(answerA(buf[:n], &asked), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answerA answers a question for an A record; others have none.
func answerA(question []byte, asked *atomic.Int64) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	a := append([]byte{}, question[:end]...)
	a[2], a[3] = 0x81, 0x80
	binary.BigEndian.PutUint16(a[10:], 0) // no additional records
	if kind := binary.BigEndian.Uint16(question[end-4:]); kind != 1 {
		return a
	}
	ip := []byte{127, 0, 0, 1}
	if asked.Add(1) == 1 {
		ip = []byte{192, 0, 2, 1}
	}
	binary.BigEndian.PutUint16(a[6:], 1)
	return append(a, append([]byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4}, ip...)...)
}

func TestANameThatIsBoundAnewToAnAddressInsideIsNotReached(t *testing.T) {
	t.Parallel()
	url, asked := receiver(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	w := outward.NewWeb(outward.WebOptions{Resolver: rebinding(t)})
	url = "http://rebind.example.org:" + port + "/"
	if err := w.CheckURL(url); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.Post(t.Context(), url, nil, nil); err == nil || asked.Load() != 0 {
			t.Fatalf("%v after %d requests", err, asked.Load())
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	inside, asked := receiver(t, func(http.ResponseWriter, *http.Request) {})
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside, http.StatusTemporaryRedirect)
	})
	status, err := outward.NewWeb(outward.WebOptions{Allow: loopback}).Post(t.Context(), url, nil, []byte("{}"))
	if status != 307 || err == nil || asked.Load() != 0 {
		t.Errorf("%d %v, %d requests inside", status, err, asked.Load())
	}
}

func TestWhatIsSentArrivesAndOfTheAnswerOnlyTheStatusIsTold(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Header.Get("Remit-Event") + " " + r.Header.Get("User-Agent") + " " + string(body)
		w.WriteHeader(503)
		_, _ = io.WriteString(w, "secret of the inside")
	})
	status, err := outward.NewWeb(outward.WebOptions{Agent: "Remit/1", Allow: loopback}).Post(t.Context(), url, map[string]string{"Remit-Event": "test"}, []byte("{}"))
	if status != 503 || err == nil || err.Error() != "it answered 503" || <-got != "test Remit/1 {}" {
		t.Errorf("%d %v", status, err)
	}
}

func TestAReceiverThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	url, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	_, err := outward.NewWeb(outward.WebOptions{Allow: loopback, Timeout: 50 * time.Millisecond}).Post(t.Context(), url+"/token", nil, []byte("{}"))
	if err == nil || err.Error() != "it did not answer in time" {
		t.Error(err)
	}
}

func TestAnErrorDoesNotTellTheAddress(t *testing.T) {
	t.Parallel()
	url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	w := outward.NewWeb(outward.WebOptions{Allow: loopback})
	for _, url := range []string{url + "/token", "http://127.0.0.1:1/token", "http://nowhere.invalid/token"} {
		if _, err := w.Post(t.Context(), url, nil, nil); err == nil || strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
