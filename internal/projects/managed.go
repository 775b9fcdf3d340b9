package projects

import (
	"maps"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// grantRight is what makes a manager (R25).
const grantRight = "access:grant"

// keepManaged makes a change of access in a project: see keepManagedPart.
func keepManaged(tx *gate.Tx, project remit.ProjectID, change func() error) error {
	return keepManagedPart(tx, gate.InProject(project), change)
}

// keepManagedPart makes a change of access in a part of the policy, in which
// everything lies that it changes, and refuses it when the editor gives or takes
// more than the editor holds (R24; see deal), and when a project has nobody
// afterwards to give access at some moment from now on when somebody could
// before (R25). A project that never had anybody, like one made by the program
// itself, is not held up.
//
// It also finds out whether the new policy compiles, before it is everybody's.
// A change in one project looks at that project and at the people who hold
// something there, however large the site is.
func keepManagedPart(tx *gate.Tx, part gate.Part, change func() error) error {
	e, err := apply(tx, part, change)
	if err != nil {
		return err
	}
	return e.allowed()
}

// KeepManaged makes a change of accounts and refuses it when it leaves a
// project without anybody to give access (R25), as keepManaged does. To disable
// and enable accounts is a right of its own: what a disabled account holds waits
// for it, so nobody's rights are given or taken.
func KeepManaged(tx *gate.Tx, change func() error) error {
	return keepManagers(tx, gate.Users, change)
}

func keepManagers(tx *gate.Tx, part gate.Part, change func() error) error {
	e, err := apply(tx, part, change)
	if err != nil {
		return err
	}
	e.self = e.standing()
	r, err := e.read(tx.Policy(), asWritten)
	if err != nil {
		return err
	}
	return e.managed(r)
}

// edit is a change of access that has been made in tx and may yet be refused.
type edit struct {
	deal
	tx      *gate.Tx
	project string          // "" = all
	absent  map[string]bool // deleted projects
}

// apply makes the change, of that part of the policy.
func apply(tx *gate.Tx, part gate.Part, change func() error) (*edit, error) {
	e := &edit{tx: tx, absent: map[string]bool{}}
	if id, one := part.Project(); one {
		e.project = id
	}
	var err error
	if e.deal, err = dealOf(&tx.Reader); err != nil {
		return nil, err
	}
	if e.before, err = e.judged(tx.Source(), tx.Policy()); err != nil {
		return nil, err
	}
	if err := change(); err != nil {
		return nil, err
	}
	tx.Changed(part)
	now, err := refresh(tx, tx.Source(), tx.Policy(), part)
	if err != nil {
		return nil, err
	}
	if e.after, err = e.judged(now.source, now.words); err != nil {
		return nil, err
	}
	if e.project != "" {
		narrow(e.project, tx.Who().ID, &e.before, &e.after)
	}
	return e, nil
}

// judged is the policy with what it will be again when deleted projects are
// brought back; a change in one project touches none of them.
func (e *edit) judged(s authz.Source, words *authz.Policy) (authz.Source, error) {
	if e.project != "" {
		return s, nil
	}
	gone, err := absent(&e.tx.Reader, words)
	for _, p := range gone {
		e.absent[p.ID] = true
	}
	return withAbsent(s, gone), err
}

// place is where the change is.
func (e *edit) place() string {
	if e.project == "" {
		return everywhere
	}
	return e.project
}

// known is a policy that shares much with those of the edit, nil for none.
func (e *edit) known() *authz.Policy {
	if e.project != "" {
		return nil // narrow left too little of it
	}
	return e.tx.Policy()
}

// allowed is R24 and R25.
func (e *edit) allowed() error {
	found, r, err := e.judge(e.known())
	if err != nil {
		return err
	}
	if found != nil {
		return e.refusal(found)
	}
	return e.managed(r)
}

// managed is R25. Nobody has to manage a deleted project: superusers bring back
// what nobody else can.
func (e *edit) managed(r *reading) error {
	if id, at, lost := r.lockout(e.absent); lost {
		return lockOut(&e.tx.Reader, remit.ProjectID(id), time.UnixMicro(at))
	}
	return nil
}

// lockout finds a project, and the first moment from now on, that somebody
// managed before and nobody does after; but for those in except.
func (r *reading) lockout(except map[string]bool) (project string, at int64, lost bool) {
	before, after := crewOf(r.before, r.was), crewOf(r.after, r.is)
	for _, id := range slices.Sorted(maps.Keys(after.projects)) {
		if except[id] {
			continue
		}
		for _, at := range inOrder(append(before.moments(id, r.now), after.moments(id, r.now)...)) {
			if !after.managed(id, at) && before.managed(id, at) {
				return id, at, true
			}
		}
	}
	return "", 0, false
}

// crew answers who manages projects, by what stands in them alone: superusers
// manage everything, and do not count.
type crew struct {
	indexed
	policy   *authz.Policy // of accounts that are neither superusers nor disabled
	disabled map[string]bool
	onSite   map[string][]holding
}

func crewOf(s authz.Source, p *authz.Policy) *crew {
	c := &crew{indexed{s, byProject(s), teamsOf(s)}, p, map[string]bool{}, map[string][]holding{}}
	for _, u := range s.Users {
		if u.Disabled {
			c.disabled[u.ID] = true
		}
	}
	for _, h := range siteHoldings(s, c.teams) {
		c.onSite[h.user] = append(c.onSite[h.user], h)
	}
	return c
}

// managed: a manager is an account that is enabled, and holds the right by R11
// or R12.
func (c *crew) managed(project string, at int64) bool {
	return slices.ContainsFunc(c.holdings(project), func(h holding) bool {
		if c.disabled[h.user] {
			return false
		}
		d := c.policy.Check(authz.Subject{Kind: authz.Person, ID: h.user}, grantRight, authz.Resource{Project: project}, at)
		return d.Allowed && (d.Rule == 11 || d.Rule == 12)
	})
}

// moments are now and every later time at which something begins or ends for
// the people of a project; nothing changes between two of them.
func (c *crew) moments(project string, now int64) []int64 {
	times := []int64{now}
	for _, h := range c.holdings(project) {
		times = append(times, later(h.Interval, now)...)
		for _, more := range c.onSite[h.user] {
			times = append(times, later(more.Interval, now)...)
		}
	}
	return inOrder(times)
}

// lockOut names the project to those who may know of it.
func lockOut(r *gate.Reader, id remit.ProjectID, from time.Time) error {
	where, err := placeName(r, id)
	if err != nil {
		return err
	}
	return remit.Errorf(remit.Conflict, "Nobody could give access in %s from %s on", where, from.UTC().Format(time.RFC3339)).WithCode("last_manager").
		WithHint("First give somebody else a role with %s that does not end.", grantRight)
}
