package gate

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// missing is what d refuses who for. On others' private things a permission's
// private counterpart decides: it is named to who holds the permission itself,
// or would by a key that covers it.
func (r *Reader) missing(who authz.Subject, on authz.Resource, d authz.Decision) string {
	p, now := r.snapshot.policy, r.now.UnixMicro()
	perm, known := p.Permission(d.Permission)
	if !known || perm.Private == "" || on.Visibility != authz.Private {
		return d.Permission
	}
	if who.Caps != nil {
		who.Caps = &authz.Caps{Scopes: append(slices.Clip(who.Caps.Scopes), d.Permission), Projects: who.Caps.Projects}
	}
	open := on
	open.Visibility = authz.ProjectWide
	if p.Check(who, d.Permission, on, now).Allowed || !p.Check(who, d.Permission, open, now).Allowed {
		return d.Permission
	}
	return perm.Private
}

// byKey says whether d comes of the key alone: of its scopes, or of what they
// lack of what a permission requires.
func (r *Reader) byKey(who authz.Subject, on authz.Resource, d authz.Decision) bool {
	if d.OutsideCaps() || d.Rule != 15 || who.Caps == nil {
		return d.OutsideCaps()
	}
	who.Caps = nil
	return r.snapshot.policy.Check(who, d.Permission, on, r.now.UnixMicro()).Allowed
}
