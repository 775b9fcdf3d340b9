package nodes

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// hall is an installation with the projects "moths" and "birds" and the job types
// "any" and "other", in which nodes meet.
type hall struct {
	*testing.T
	*Service
	gate     *gate.Gate
	jobs     *jobs.Service
	people   *identity.Service
	projects *projects.Service
}

func meetings(t *testing.T, fn func(h *hall, d *db.DB)) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		h := newHall(t, d)
		for _, slug := range []string{"moths", "birds"} {
			_, err := h.projects.Create(t.Context(), setup, projects.NewProject{Slug: slug})
			h.must(err)
		}
		for _, key := range []string{"any", "other"} {
			h.must(h.jobs.DeclareType(t.Context(), setup, remit.JobType{Key: key, Title: key, On: []string{"none"}, Runner: "process", Command: []string{"true"}}))
		}
		fn(h, d)
	})
}

// newHall is one server; several may have the same database.
func newHall(t *testing.T, d *db.DB) *hall {
	h := &hall{T: t, gate: gate.New(d, projects.PolicySource{}, time.Now, slog.New(slog.DiscardHandler))}
	blobs, err := blob.Open(t.TempDir())
	h.must(err)
	t.Cleanup(func() { h.must(blobs.Close()) })
	h.people = identity.New(h.gate, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	h.projects = projects.New(h.gate, projects.Options{})
	h.jobs = jobs.New(h.gate, jobs.Options{Blobs: blobs})
	h.Service = New(h.gate, Options{Jobs: h.jobs})
	return h
}

func (h *hall) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// node is the claim of a new node that takes one type.
func (h *hall) node(name, kind string, serves ...string) claim {
	h.Helper()
	n := NewNode{Name: name}
	if len(serves) > 0 {
		n.Project = serves[0]
	}
	made, err := h.Register(h.Context(), setup, n)
	h.must(err)
	who, err := h.Authenticate(h.Context(), made.Secret)
	h.must(err)
	return claim{gate.Asker{Who: who, Request: "request-of-" + name}, Want{Want: jobs.Want{Types: []string{kind}}, Max: 1}}
}

func (h *hall) submit(who authz.Subject, slug, kind string) remit.JobID {
	h.Helper()
	job, err := h.jobs.Submit(h.Context(), who, slug, remit.JobSpec{Type: kind, Start: true})
	h.must(err)
	return job.ID
}

// Two servers whose nodes want the same jobs in another order never wait for each other.
func TestMeetingsOfTwoServersLockEachOtherNowhere(t *testing.T) {
	meetings(t, func(h *hall, d *db.DB) {
		second := newHall(h.T, d)
		one, other := h.node("n1", "any"), h.node("n2", "other")
		for round := range 30 {
			h.submit(setup, "moths", "any")
			h.submit(setup, "moths", "other")
			var together sync.WaitGroup
			meet := func(at *hall, all ...claim) {
				together.Go(func() {
					for _, c := range at.claimAll(h.Context(), all) {
						if c.err != nil {
							h.Errorf("round %d: %v", round, c.err)
						}
					}
				})
			}
			meet(h, one, other)
			meet(second, other, one)
			together.Wait()
		}
	})
}

// whileLocked runs fn while somebody has a job locked, which they change in silence.
func (h *hall) whileLocked(d *db.DB, id remit.JobID, fn func()) {
	h.Helper()
	if d.Dialect().SkipLocked == "" {
		return // one writer: nobody claims meanwhile
	}
	h.must(d.Write(h.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE jobs SET name = name WHERE id = $1", id)
		fn()
		return err
	}))
}

// One job that somebody has locked keeps no node from the jobs of another type.
func TestWhoClaimsWaitsForNoLockedJobOfOthers(t *testing.T) {
	meetings(t, func(h *hall, d *db.DB) {
		one, two, other := h.node("n1", "any"), h.node("n2", "any"), h.node("n3", "other")
		locked := h.submit(setup, "moths", "any")
		h.submit(setup, "moths", "other")
		h.whileLocked(d, locked, func() {
			ctx, stop := context.WithTimeout(h.Context(), 10*time.Second)
			defer stop()
			for _, meeting := range []struct {
				all  []claim
				want string // of each: whether it is given a job, or others have that locked
			}{
				{[]claim{one}, "busy"},
				{[]claim{one, other}, "busy given"},
				{[]claim{other}, "nothing"},
			} {
				if got := inWords(h.claimAll(ctx, meeting.all)); got != meeting.want {
					h.Errorf("claiming while a job is locked: %s, want %s", got, meeting.want)
				}
			}
			h.submit(setup, "moths", "any")
			if got := inWords(h.claimAll(ctx, []claim{one, two})); got != "given busy" {
				h.Errorf("claiming while one of two jobs is locked: %s, want given busy", got)
			}
		})
	})
}

func inWords(answers []claimed) string {
	var words []string
	for _, a := range answers {
		switch {
		case a.err != nil:
			words = append(words, a.err.Error())
		case len(a.given) > 0:
			words = append(words, "given")
		case a.busy:
			words = append(words, "busy")
		default:
			words = append(words, "nothing")
		}
	}
	return strings.Join(words, " ")
}

// Of a job that others had locked, and left in the queue, nobody tells.
func TestWhoFoundOnlyALockedJobIsGivenItWhenItIsFree(t *testing.T) {
	meetings(t, func(h *hall, d *db.DB) {
		one := h.node("n1", "any")
		one.want.Wait = h.jobs.HeartbeatEvery() / 2 // before it looks again anyway
		locked := h.submit(setup, "moths", "any")
		for _, long := range []time.Duration{shortestPause, 3 * longestPause} {
			given := make(chan []remit.Assignment, 1)
			h.whileLocked(d, locked, func() {
				go func() {
					some, err := h.Claim(h.Context(), one.by.Who, one.want)
					if err != nil {
						h.Error(err)
					}
					given <- some
				}()
				time.Sleep(long)
			})
			if d.Dialect().SkipLocked == "" {
				return
			}
			if some := <-given; len(some) != 1 {
				h.Fatalf("locked for %s: got %d jobs, want the one that was locked", long, len(some))
			}
			locked = h.submit(setup, "moths", "any")
		}
	})
}

// A job that is held in a meeting is so by a node that could have had it: whoever
// reads its history learns of no node of another project.
func TestWhatAMeetingHoldsIsWrittenDownOfTheNodeThatCouldHaveHadIt(t *testing.T) {
	meetings(t, func(h *hall, d *db.DB) {
		h.must(h.projects.PutRole(h.Context(), setup, remit.Role{Name: "runner", Allow: []string{"project:view", "job:read", "job:create", "job:run.any"}}))
		u, err := h.people.Create(h.Context(), setup, identity.NewUser{Name: "bob", Password: "correct horse"})
		h.must(err)
		bob := authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: "bob"}
		_, err = h.projects.AddMember(h.Context(), setup, "moths", projects.NewMember{User: "bob", Roles: []string{"runner"}})
		h.must(err)
		birds, moths := h.node("node-of-birds", "any", "birds"), h.node("node-of-moths", "any", "moths")
		id := h.submit(bob, "moths", "any")
		h.submit(setup, "birds", "any")
		h.must(h.projects.PutRole(h.Context(), setup, remit.Role{Name: "runner", Allow: []string{"project:view", "job:read"}}))
		answers := h.claimAll(h.Context(), []claim{birds, moths})
		if len(answers[0].given) != 1 || len(answers[1].given) != 0 || !answers[1].again {
			h.Fatalf("answered %+v", answers)
		}
		events, err := h.jobs.History(h.Context(), bob, id)
		h.must(err)
		last := events[len(events)-1]
		if last.What != "held" || last.By != "node node-of-moths" {
			h.Errorf("the history ends with %+v", last)
		}
		h.must(d.Read(h.Context(), func(r db.Reader) error {
			request, err := db.One(r, db.Value[string], "SELECT request FROM audit_entries WHERE operation = 'job.hold'")
			if err == nil && request != "request-of-node-of-moths" {
				h.Errorf("it was held in %s", request)
			}
			return err
		}))
	})
}
