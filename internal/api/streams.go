package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// How many streams may be open: event streams and followed logs.
const (
	streamsEach = 20 // of one account, or of one address when nobody is signed in
	streamsAll  = 1000
)

// streams counts those that are open. The zero value has none.
type streams struct {
	mu  sync.Mutex
	of  map[string]int // by asker; those without any are left out
	all int
}

// open takes a place for one more stream of an asker until closed is called,
// or is remit.Limited.
func (s *streams) open(asker string) (closed func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[asker] >= streamsEach || s.all >= streamsAll {
		return nil, remit.Errorf(remit.Limited, "Too many streams are open").WithCode("too_many_streams").
			WithHint("Close one. At most %d may be open for one account or address, and %d in all.", streamsEach, streamsAll)
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.of[asker]++
	s.all++
	return sync.OnceFunc(func() { s.close(asker) }), nil
}

func (s *streams) close(asker string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[asker]--; s.of[asker] == 0 {
		delete(s.of, asker)
	}
}

// asker is whose streams are counted together.
func asker(r *http.Request, who authz.Subject) string {
	if who.Kind != authz.Anonymous {
		return fmt.Sprintf("%d %s", who.Kind, who.ID)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return "at " + host
}

type untilKey struct{}

// StreamsUntil is ctx for requests whose streams and long polls end with
// until, while the others go on.
func StreamsUntil(ctx, until context.Context) context.Context {
	return context.WithValue(ctx, untilKey{}, until)
}

// streaming is the context of a stream: it ends with its request, and when the
// server stops.
func streaming(ctx context.Context) (context.Context, context.CancelFunc) {
	until, ok := ctx.Value(untilKey{}).(context.Context)
	ctx, cancel := context.WithCancel(ctx)
	if !ok {
		return ctx, cancel
	}
	untie := context.AfterFunc(until, cancel)
	return ctx, func() { untie(); cancel() }
}
