package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// AuditBefore is the body of POST /api/v1/audit/archive.
type AuditBefore struct {
	Before time.Time `json:"before"` // what was sealed before this
}

// Audit lists the audit log, newest first: actor, operation, project, thing,
// request, from, until (RFC 3339), allowed (true or false).
func (c *Client) Audit(ctx context.Context, q Query) (remit.Page[remit.AuditEntry], error) {
	return list[remit.AuditEntry](ctx, c, "/api/v1/audit", q)
}

// AuditHead is the end of the chain of seals, to be kept elsewhere.
func (c *Client) AuditHead(ctx context.Context) (remit.AuditHead, error) {
	return get[remit.AuditHead](ctx, c, "/api/v1/audit/head")
}

// AuditExport reads the audit log as JSON lines, oldest first, with the filters
// of Audit; with chain=true and no filter all of it and the seals. A last line
// {"error": …} says that it is not whole. The caller closes it.
func (c *Client) AuditExport(ctx context.Context, q Query) (io.ReadCloser, error) {
	return c.request(ctx, http.MethodGet, "/api/v1/audit/export"+q.encode(), nil, "")
}

// ArchiveAudit moves what was sealed before a time into archive files on the
// server, and returns the seals of these files.
func (c *Client) ArchiveAudit(ctx context.Context, before time.Time) (remit.Page[remit.AuditSeal], error) {
	return post[remit.Page[remit.AuditSeal]](ctx, c, "/api/v1/audit/archive", AuditBefore{before})
}

// VerifyAudit has the server verify the audit log, against a head that was kept
// elsewhere ("NUMBER:HASH") if there is one. report is told of each finding, of
// the first thousand.
func (c *Client) VerifyAudit(ctx context.Context, head string, report func(remit.AuditFinding)) (remit.AuditVerdict, error) {
	body, err := c.request(ctx, http.MethodGet, "/api/v1/audit/verify"+Query{"head": head}.encode(), nil, "")
	if err != nil {
		return remit.AuditVerdict{}, err
	}
	defer body.Close()
	verdict, err := readVerdict(json.NewDecoder(body), report)
	if err != nil {
		return verdict, remit.Errorf(remit.Unavailable, "the server's answer was cut short: %w", err).WithHint("Try again.")
	}
	return verdict, nil
}

// readVerdict reads {"findings":[…],"verdict":{…}} finding by finding.
func readVerdict(d *json.Decoder, report func(remit.AuditFinding)) (verdict remit.AuditVerdict, err error) {
	if err := expect(d, json.Delim('{'), "findings", json.Delim('[')); err != nil {
		return verdict, err
	}
	for d.More() {
		var f remit.AuditFinding
		if err := d.Decode(&f); err != nil {
			return verdict, err
		}
		report(f)
	}
	if err := expect(d, json.Delim(']'), "verdict"); err != nil {
		return verdict, err
	}
	if err := d.Decode(&verdict); err != nil {
		return verdict, err
	}
	return verdict, expect(d, json.Delim('}'))
}

func expect(d *json.Decoder, tokens ...json.Token) error {
	for _, want := range tokens {
		got, err := d.Token()
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("it has %v instead of %v", got, want)
		}
	}
	return nil
}
