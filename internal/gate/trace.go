package gate

import (
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// Explainer is what a PolicySource may be as well: it tells in names what a
// decision about who rests on, as far as r's asker may know (R22).
type Explainer interface {
	Explain(r *Reader, who authz.Subject, permission string, on authz.Resource) (remit.Explanation, error)
}

// refused is a refusal with what it was about.
type refused struct {
	err *remit.Error
	who authz.Subject
	on  authz.Resource
}

// refuse is refusal, remembered if it may be explained: that of the asker
// themselves, about what they may see. In a preview it is not: whom it is about
// would have to be said as well.
func (r *Reader) refuse(who authz.Subject, row authz.Operation, on authz.Resource, d authz.Decision) error {
	err := r.refusal(who, row, on, d)
	e, ok := errors.AsType[*remit.Error](err)
	if ok && e.Kind == remit.Denied && !d.ThingHidden && who.Kind == authz.Person && who.ID == r.who.ID && r.who.Preview == nil {
		if d.OutsideCaps() && on.Project == "" { // a key is not told whether there is what it does not cover
			on.Thing = ""
		}
		r.last = &refused{e, who, on}
	}
	return err
}

// isOf says whether err is the refusal that r remembers.
func (r *Reader) isOf(err error) bool {
	if r.last == nil || err == nil {
		return false
	}
	e, ok := errors.AsType[*remit.Error](err)
	return ok && e == r.last.err
}

// explain adds to a refusal what it rests on. That it cannot changes nothing
// about the refusal.
func (g *Gate) explain(r *Reader, err error) {
	explainer, can := g.source.(Explainer)
	if !can || !r.isOf(err) {
		return
	}
	e := r.last.err
	if _, known := r.snapshot.policy.Permission(e.Decision.Permission); !known {
		return
	}
	x, fault := explainer.Explain(r, r.last.who, e.Decision.Permission, r.last.on)
	switch {
	case fault != nil:
		g.log.Warn("a refusal could not be explained", "error", fault)
	case !x.Allowed:
		short := x.Short()
		e.Explanation = &short
	}
}
