package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/api"
	"github.com/remit-server/remit/internal/identity"
)

// nobody is who asks where authentication is off (R32).
var nobody = authz.Subject{Kind: authz.Local, Name: "local"}

// checkAuth refuses to be open to more than this machine.
func (o Options) checkAuth() error {
	switch {
	case !o.NoAuth:
		return nil
	case o.Listen != "" && !isLoopback(o.Listen):
		return openTo(o.Listen)
	case o.PublicURL != "":
		return openTo(o.PublicURL)
	}
	return nil
}

func openTo(address string) error {
	return remit.Errorf(remit.Invalid, "Without authentication everybody could do everything at %s", address).WithCode("auth_off").
		WithHint("Authentication is off on loopback addresses only, such as --listen 127.0.0.1:8080 without --public-url.")
}

// checkListener looks at where the name of an address led.
func (s *Server) checkListener() error {
	if at := s.listener.Addr().String(); s.opts.NoAuth && !isLoopback(at) {
		return openTo(at)
	}
	return nil
}

// isLoopback says whether an address, with or without a port, is this machine's
// alone.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// everybody lets each request be that of the superuser who is nobody, but for
// nodes: a job is held by one of them. A page elsewhere may lead a browser here
// under a name of its own (DNS rebinding), so the name has to be this machine's.
func (s *Server) everybody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := identity.Call{Subject: nobody, Address: address(r), Agent: r.UserAgent()}
		if call.Address != "" && !isLoopback(r.Host) {
			api.WriteProblem(w, r, remit.Errorf(remit.Denied, "This server is asked by the name %.100q, and it is open to this machine alone", r.Host).
				WithCode("not_loopback").WithHint("Use http://localhost or http://127.0.0.1."))
			return
		}
		if secret, _, err := credential(r); err == nil && strings.HasPrefix(secret, identity.NodePrefix) {
			call.Subject, call.Err = s.Nodes.Authenticate(r.Context(), secret)
		}
		next.ServeHTTP(w, r.WithContext(identity.WithCall(r.Context(), call)))
	})
}
