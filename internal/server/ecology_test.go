package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// holder is somebody with rights and what comes of cancelling and retrying a
// job of their own, and one of somebody else's: "200 403" is cancel, then retry.
// "mine" is the 403 that says one can only do that to one's own jobs, "scope" the
// one that names the scope of a key, "input" the 404 of what the job is on.
type holder struct {
	rights, denied string // of a role, and denied to the person
	scopes         string // of the key that asks; "" = no limits
	single         bool   // the jobs are on one file, not on its collection
	own, others    string
}

const (
	looks   = "project:view collection:read file:read job:read "
	looksAt = "project:view collection:read file:read job:read@own "
)

// Typed from R11, R12 and R14 (who holds what in which cell), R21 (how a refusal
// reads), R27 (which run right a job asks) and the rows of cancel (any of the run
// right and job:cancel, of which a deny of the latter refuses) and retry (the run right).
var holders = []holder{
	{rights: looks, own: "403 403", others: "403 403"},
	{rights: looks + "job:run.ml@own", own: "200 200", others: "mine mine"},
	{rights: looks + "job:run.ml@others", own: "403 403", others: "200 200"},
	{rights: looks + "job:run.ml", own: "200 200", others: "200 200"},
	{rights: looks + "job:run.*@own", own: "200 200", others: "mine mine"},
	{rights: looks + "job:cancel@own", own: "200 403", others: "mine 403"},
	{rights: looks + "job:cancel@others", own: "403 403", others: "200 403"},
	{rights: looks + "job:cancel", own: "200 403", others: "200 403"},
	{rights: looks + "job:run.ml@own job:cancel@others", own: "200 200", others: "200 mine"},
	{rights: looks + "job:run.ml@others job:cancel@own", own: "200 403", others: "200 200"},

	// One right does not stand for another.
	{rights: looks + "job:run.ml.single", own: "403 403", others: "403 403"},
	{rights: looks + "job:run.scan job:create job:update job:delete", own: "403 403", others: "403 403"},
	{rights: looks + "job:run.ml", single: true, own: "403 403", others: "403 403"},
	{rights: looks + "job:run.ml.single@own", single: true, own: "200 200", others: "mine mine"},
	{rights: looks + "job:run.ml.single", single: true, own: "200 200", others: "200 200"},

	// Denies.
	{rights: looks + "job:run.ml", denied: "job:cancel", own: "403 200", others: "403 200"},
	{rights: looks + "job:run.ml", denied: "job:cancel@others", own: "200 200", others: "mine 200"},
	{rights: looks + "job:run.ml", denied: "job:cancel@own", own: "403 200", others: "200 200"},
	{rights: looks + "job:run.ml", denied: "job:run.ml@others", own: "200 200", others: "mine mine"},
	{rights: looks + "job:run.ml job:cancel", denied: "job:run.ml", own: "200 403", others: "200 403"},

	// Others' jobs are not to be seen, and that one is there shows to nobody but who may do this to own ones.
	{rights: looksAt, own: "403 403", others: "404 404"},
	{rights: looksAt + "job:run.ml@own", own: "200 200", others: "mine mine"},
	{rights: looksAt + "job:run.ml", own: "200 200", others: "mine mine"},
	{rights: looksAt + "job:run.ml@others", own: "403 403", others: "404 404"},
	{rights: looksAt + "job:cancel@own", own: "200 403", others: "mine 404"},
	{rights: looksAt + "job:cancel@others", own: "403 403", others: "404 404"},
	{rights: "project:view collection:read file:read job:run.ml job:cancel", own: "404 404", others: "404 404"},
	{rights: "", own: "404 404", others: "404 404"},

	// What a job is on is read by who runs it again (R26), not by who stops it.
	{rights: "project:view job:read job:run.ml", own: "200 input", others: "200 input"},

	// Keys.
	{rights: looks + "job:run.ml", scopes: "job:read", own: "scope scope", others: "scope scope"},
	{rights: looks + "job:run.ml", scopes: looks + "job:run.ml", own: "200 200", others: "200 200"},
	{rights: looks + "job:run.ml", scopes: looks + "job:run.ml@own", own: "200 200", others: "scope scope"},
	{rights: looksAt + "job:run.ml@others", scopes: "job:read", own: "scope scope", others: "404 404"},
}

func TestCancelAndRetryAreForThoseWhoMayRunSuchAJobAsTheSelectorSays(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(_ *server.Options, roots map[string][]string) { clear(roots) })
		set := &scene{world: w, number: "e"}
		set.lab()
		keeper := set.person("keeper")
		set.member("lab", keeper, "project_manager")
		for i, h := range holders {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				on := *w
				on.t = t
				s := &scene{world: &on, number: fmt.Sprintf("e%d", i), place: set.place}
				s.trial(h, keeper)
			})
		}
	})
}

// trial lets a holder try all four, each on a job of its own.
func (s *scene) trial(h holder, keeper string) {
	s.t.Helper()
	who := s.person("who")
	own, others := s.twoJobs(h, who), s.twoJobs(h, keeper)
	if h.rights != "" {
		role := "holder_" + s.number
		if err := s.server.Projects.PutRole(s.t.Context(), server.Setup, remit.Role{Name: role, Allow: strings.Fields(h.rights)}); err != nil {
			s.t.Fatal(err)
		}
		s.member("lab", who, role)
	}
	if h.denied != "" {
		s.entry("lab", who, h.denied, "deny")
	}
	if h.scopes != "" {
		s.keys[who] = into[remit.APIKey](s.t, s.call(who, "POST", "/api/v1/keys", client.NewKey{Title: "less", Scopes: strings.Fields(h.scopes)}), 201).Secret
	}
	for jobs, want := range map[*[2]remit.JobID]string{&own: h.own, &others: h.others} {
		verdicts := strings.Fields(want)
		s.tries(who, "cancel", jobs[0], verdicts[0], jobs == &own)
		s.tries(who, "retry", jobs[1], verdicts[1], jobs == &own)
	}
}

// twoJobs are one to cancel and one to retry, of somebody who may make them for
// that moment only.
func (s *scene) twoJobs(h holder, owner string) (ids [2]remit.JobID) {
	s.t.Helper()
	on := remit.On{Collection: s.place[remit.VisibilityProject].collection}
	if h.single {
		on = remit.On{File: s.place[remit.VisibilityProject].file}
	}
	var lent []remit.EntryID
	for _, permission := range []string{"job:create", "job:read", "collection:read", "file:read"} {
		lent = append(lent, s.entry("lab", owner, permission, "allow"))
	}
	for i := range ids {
		ids[i] = into[remit.Job](s.t, s.call(owner, "POST", "/api/v1/projects/lab/jobs", remit.JobSpec{Type: "ml", On: on}), 201).ID
	}
	for _, id := range lent {
		s.call("root", "DELETE", "/api/v1/projects/lab/entries/"+string(id), nil)
	}
	into[remit.Job](s.t, s.call("root", "POST", "/api/v1/jobs/"+string(ids[1])+"/cancel", nil), 200)
	return ids
}

// tries asks for one thing and looks at what became of the job, and whether what
// the job offers beforehand said so (R19).
func (s *scene) tries(who, verb string, id remit.JobID, want string, own bool) {
	s.t.Helper()
	at := "/api/v1/jobs/" + string(id)
	before := into[remit.Job](s.t, s.call("root", "GET", at, nil), 200)
	if r := s.call(who, "GET", at, nil); r.status == 200 {
		if offered := slices.Contains(into[remit.Job](s.t, r, 200).Permissions, verb); offered != (want == "200") {
			s.t.Errorf("own %t: %s is offered: %t, and must be answered %s", own, verb, offered, want)
		}
	}
	r := s.call(who, "POST", at+"/"+verb, nil)
	after := into[remit.Job](s.t, s.call("root", "GET", at, nil), 200)
	if want == "200" {
		into[remit.Job](s.t, r, 200)
		state := map[string]remit.JobState{"cancel": remit.JobCancelled, "retry": remit.JobQueued}[verb]
		runner := map[string]string{"cancel": "", "retry": who}[verb]
		if after.State != state || after.Runner != runner || after.Owner != before.Owner {
			s.t.Errorf("own %t: after %s the job is %s, of %s, run by %q", own, verb, after.State, after.Owner, after.Runner)
		}
		return
	}
	s.refusedAs(r, verb, want, own)
	if diff := cmp.Diff(before, after); diff != "" {
		s.t.Errorf("own %t: the refused %s changed the job (-before +after):\n%s", own, verb, diff)
	}
}

// refusedAs holds how a refusal reads (R21); a hidden job like one that is not there.
func (s *scene) refusedAs(r reply, verb, want string, own bool) {
	s.t.Helper()
	p := problemOf(s.t, r)
	status := map[string]int{"403": 403, "mine": 403, "scope": 403, "404": 404, "input": 404}[want]
	says := map[string]string{"403": "Insufficient permissions", "mine": "You can only " + verb + " your own jobs", "scope": "Insufficient permissions",
		"404": "No such job", "input": "No such collection"}[want]
	if r.status != status || p.Detail != says || (p.Code == "key_scope") != (want == "scope") {
		s.t.Errorf("own %t: %s answered %d %q (%s), want %s", own, r.asked, r.status, p.Detail, p.Code, want)
	}
	if status == 403 && p.Permission == "" {
		s.t.Errorf("own %t: %s names no permission: %s", own, r.asked, r.body)
	}
}
