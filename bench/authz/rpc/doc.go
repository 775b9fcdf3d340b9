// Package rpc compares permission servers, each a process of its own that is
// asked over loopback: Remit, OpenFGA and SpiceDB on the model of bench/authz.
//
// Its one invariant: every answer is judged while it is measured, so a figure
// is only ever that of right answers. All are asked by one client.
//
//	site := rpc.NewSite(authz.NewModel(authz.Full), 100_000)
//	field, err := rpc.Start(ctx, dir, rpc.Peers(bin, ""), site)
//	defer field.Stop()
//	err = field.Verify(ctx, 2000)
//	loads, err := field.Checks(ctx, rpc.Usual)
package rpc
