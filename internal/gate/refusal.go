package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// NotFound is the answer for what is not there and for what the asker may not
// know of: one text, so that nothing tells them apart (R21). noun is plural.
func NotFound(noun string) *remit.Error {
	return remit.Errorf(remit.NotFound, "No such %s", singular(noun)).
		WithHint("Check the name or id; you see only what you have access to.")
}

// InvalidKey is the one answer to every bad credential (R1).
func InvalidKey() *remit.Error {
	return remit.Errorf(remit.Unauthenticated, "Invalid API key").WithCode("invalid_key").
		WithHint("It may be mistyped, expired or revoked. Make a new one, or sign in again.")
}

// refusal words a decision for who, in the order of R21. What a key's owner
// may not know of comes before the key's scope, which would tell that it exists.
func (r *Reader) refusal(who authz.Subject, row authz.Operation, on authz.Resource, d authz.Decision) error {
	if !d.ProjectHidden && !d.ThingHidden {
		d.Permission = r.missing(who, on, d)
	}
	switch {
	case d.Guard != "":
		return guardConflict(row, d)
	case d.Rule == 1:
		return InvalidKey()
	case d.ProjectHidden:
		return NotFound(askedFor(row, on))
	case who.Preview != nil && !d.ThingHidden && changes(row):
		return changesNothing()
	case who.Preview != nil && d.OutsideCaps() && !d.ThingHidden:
		return denied(d, "Insufficient permissions", "A preview shows what both of you may see. To do this yourself, end it.")
	case !d.ThingHidden && r.byKey(who, on, d):
		return denied(d, "Insufficient permissions", "The scopes of this API key do not cover "+d.Permission+". Use a key that has it.").WithCode("key_scope")
	case d.OwnOnly:
		return r.withGrantors(who, on, denied(d, fmt.Sprintf("You can only %s your own %s", row.Verb, row.Noun), "For those of others you need "+d.Permission+"."))
	case d.ThingHidden, who.Kind == authz.Node && on.Thing != "":
		return NotFound(row.Noun)
	case who.Kind == authz.Anonymous:
		return remit.Errorf(remit.Unauthenticated, "Sign in first").WithHint("Use `remit login`, an API key, or the login page.")
	}
	return r.withGrantors(who, on, denied(d, "Insufficient permissions", "You need "+d.Permission+"."))
}

// withGrantors adds who can grant what is missing, for those who may see the members.
func (r *Reader) withGrantors(who authz.Subject, on authz.Resource, e *remit.Error) error {
	e.Grantors = r.grantors(who, on, *e.Decision)
	if len(e.Grantors) > 0 {
		e.Hint += " " + strings.Join(e.Grantors, ", ") + " can grant it."
	}
	return e
}

// mostGrantors bounds how many of those who can grant something are named.
const mostGrantors = 10

// grantors are the names of those who can give what is missing (R24), in the
// project or on the site: they may give access there and hold it themselves.
// Superusers come last. None to those who may not see the members.
func (r *Reader) grantors(who authz.Subject, on authz.Resource, d authz.Decision) []string {
	if d.Rule == 4 {
		return nil // reserved: nobody's gift lifts it
	}
	if p, _ := r.snapshot.policy.Permission(d.Permission); p.Level == authz.OnSite {
		on.Project = ""
	}
	now := r.now.UnixMicro()
	grant, see := "access:grant", "member:read"
	if on.Project == "" {
		grant, see = "site:grant", "user:read"
	}
	there := authz.Resource{Project: on.Project}
	if !r.snapshot.policy.Check(who, see, there, now).Allowed {
		return nil
	}
	able := slices.DeleteFunc(r.snapshot.policy.Who(grant, there, now), func(id string) bool {
		return id == who.ID || !r.holdsToo(id, who, on, d.Permission)
	})
	return r.namesOf(able)
}

// holdsToo says whether somebody else holds in the cell of who: for things of
// their own as who does for theirs, else for others'.
func (r *Reader) holdsToo(id string, who authz.Subject, on authz.Resource, permission string) bool {
	owner := ""
	if on.Owner != "" && on.Owner == who.ID {
		owner = id
	}
	on.Owner = owner
	return r.snapshot.policy.Check(authz.Subject{Kind: authz.Person, ID: id}, permission, on, r.now.UnixMicro()).Allowed
}

// namesOf are the first few names, those of superusers last.
func (r *Reader) namesOf(ids []string) (names []string) {
	super := map[string]bool{}
	for _, u := range r.snapshot.source.Users {
		if u.Superuser {
			super[u.ID] = true
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int {
		if super[a] == super[b] {
			return 0
		}
		return map[bool]int{false: -1, true: 1}[super[a]]
	})
	for _, id := range ids[:min(len(ids), mostGrantors)] {
		names = append(names, r.snapshot.policy.UserName(id))
	}
	return names
}

// guards says what each guard of R16 means to the person who meets it.
var guards = map[authz.Guard]struct{ code, message, hint string }{
	authz.GuardWorkable:   {"not_workable", "A workflow is not run by a node", "Its steps are."},
	authz.GuardNode:       {"not_a_node", "Only nodes do this", "Start one with `remit node`."},
	authz.GuardLockHolder: {"lease_lost", "The lease on this job is not yours any more", "Stop working on it; only clean-up is accepted."},
	authz.GuardHeldLock:   {"never_held", "This node has never held the job", ""},
	authz.GuardTopLevel:   {"not_top_level", "A step of a workflow is cancelled, retried and deleted with it", "Do it to the workflow."},
	authz.GuardClaimed:    {"not_claimed", "No node holds this job", ""},
	guardArchived:         {"archived", "The project is archived: it can be read, and nothing in it changes", "Take it out of the archive with `remit project unarchive`."},
	authz.GuardFinished:   {"not_finished", "The job has not ended yet", "Cancel it first."},
}

func guardConflict(row authz.Operation, d authz.Decision) error {
	g := guards[d.Guard]
	e := remit.Errorf(remit.Conflict, "%s", g.message).WithCode(g.code)
	e.Hint, e.Decision = g.hint, &d
	return e
}

func denied(d authz.Decision, message, hint string) *remit.Error {
	return &remit.Error{Kind: remit.Denied, Code: "denied", Message: message, Hint: hint, Decision: &d}
}

// askedFor is the noun that a hidden project hides behind: the thing's own
// when it was asked for by id, else the project.
func askedFor(row authz.Operation, on authz.Resource) string {
	if on.Thing != "" && row.Noun != "" {
		return row.Noun
	}
	return "projects"
}

func singular(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(noun, "s")
}
