// Package host is what peers are run on: this machine, processes on it, and
// databases on a PostgreSQL cluster.
//
// Its one invariant: what it starts or makes is ended or dropped by the one who
// asked for it, and by nobody else.
//
//	p, err := host.Launch(ctx, dir, "bin/remit", "serve", "--listen="+address)
//	err = p.Ready(ctx, "http://"+address+"/readyz")
//	err = p.End()
package host
