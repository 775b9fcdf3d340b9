package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/api"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/web"
)

// handler is everything that the server answers, behind what every request passes.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	api.Register(mux, s.Services, s.opts.Version)
	web.Register(mux, web.Services(s.Services), s.opts.Version)
	s.oidcRoutes(mux)
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	var h http.Handler = mux
	if s.opts.NoAuth {
		h = s.everybody(h)
	} else {
		h = s.authenticate(h)
	}
	h = wellFormed(h)
	h = crossOrigin(h)
	h = secure(h)
	h = s.recovered(h)
	return s.logged(h)
}

// logged gives each request an id and writes a line about it.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:16]
		w.Header().Set("X-Request-Id", id)
		begun := time.Now()
		seen := &status{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(seen, r.WithContext(gate.WithRequestID(r.Context(), id)))
		s.opts.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("id", id), slog.String("method", r.Method),
			slog.String("path", r.URL.Path), slog.Int("status", seen.code), slog.Duration("took", time.Since(begun)))
	})
}

// status remembers the code of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// recovered answers a request whose handler panicked, and keeps the server up.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			switch v {
			case nil:
				return
			case http.ErrAbortHandler: // the connection ends, so that nobody takes a part of an answer for the whole
				panic(v)
			}
			s.opts.Log.Error("a handler panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()), "request", gate.RequestID(r.Context()))
			api.WriteProblem(w, r, remit.Errorf(remit.Internal, "panic: %v", v))
		}()
		next.ServeHTTP(w, r)
	})
}

// wellFormed refuses addresses that hold what no text does: nothing is called
// so, and the engines would disagree about it; and parameters given twice. Bodies are looked at where they
// are read.
func wellFormed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if field := malformed(r.URL); field != "" {
			api.WriteProblem(w, r, remit.Errorf(remit.Invalid, "The address holds a NUL character, or is not UTF-8").WithField(field))
			return
		}
		if name := api.Repeated(r.URL); name != "" {
			api.WriteProblem(w, r, remit.Errorf(remit.Invalid, "%.80q is given more than once", name).WithField("query."+name))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// malformed is the place in an address that is no text, "" for none.
func malformed(u *url.URL) string {
	if !remit.IsText(u.Path) {
		return "path"
	}
	for name, values := range u.Query() {
		if !remit.IsText(name) || !remit.IsText(strings.Join(values, "")) {
			return "query"
		}
	}
	return ""
}

// secure sets what browsers should know of every answer.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses changes that another site's page asks a browser for.
func crossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.WriteProblem(w, r, remit.Errorf(remit.Denied, "This request comes from another site").WithCode("cross_origin"))
	}))
	return protection.Handler(next)
}

func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// ready says whether the database answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), 2*time.Second)
	defer done()
	if err := s.db.Read(ctx, func(db.Reader) error { return nil }); err != nil {
		api.WriteProblem(w, r, remit.Errorf(remit.Unavailable, "The database does not answer"))
		return
	}
	fmt.Fprintln(w, "ready")
}
