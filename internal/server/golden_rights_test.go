package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
)

// rights is the catalogue, typed from the rules: where a permission is decided,
// "own" if it can be given for own or for others' things only, "looks" if a
// preview may use it (R23), "public" if everybody may be given it (R7), what it
// needs (R15), which one is asked for others' private things, and whether it is
// reserved (R4) or never given (R3). Last are the families: a name that begins
// like that.
const rights = `
user:read               site own looks
user:create             site
user:update             site own         needs:user:read
user:delete             site             needs:user:read
user:password           site own         needs:user:read
session:read            site own looks
session:delete          site own         needs:session:read
key:read                site own looks
key:create              site own
key:delete              site own         needs:key:read
team:read               site looks
team:create             site             needs:team:read
team:update             site             needs:team:read
team:delete             site             needs:team:read
role:read               site looks
role:update             site             needs:role:read
site:view               site looks
site:grant              site             needs:site:view
jobtype:read            site looks
jobtype:declare         site             needs:jobtype:read
root:read               site looks
root:create             site             needs:root:read
project:create          site
audit:archive           site             needs:audit:read
audit:seal              site
audit:delete            site never

project:view            project looks public
project:update          project          needs:project:view
project:publish         project          needs:project:view
project:archive         project          needs:project:view
project:delete          project          needs:project:view
member:read             project looks    needs:project:view
access:view             project looks    needs:member:read
access:grant            project          needs:member:read
audit:read              project looks
node:read               project looks
node:register           project          needs:node:read
node:update             project          needs:node:read

collection:read         project own looks public private:collection:read_private
collection:read_private project looks
collection:create       project
collection:update       project own      needs:collection:read
collection:delete       project own      needs:collection:read
collection:publish      project own      needs:collection:read
collection:ingest       project reserved needs:collection:read
file:read               project own looks public private:file:read_private
file:read_private       project looks
file:download           project own looks public needs:file:read

job:read                project own looks
job:create              project
job:priority            project own
job:priority.50         project own
job:priority.10         project own
job:update              project own      needs:job:read
job:cancel              project own      needs:job:read
job:wrest               project own      needs:job:read
job:expire              project own      needs:job:read
job:delete              project own      needs:job:read
schedule:read           project own looks
schedule:create         project
schedule:update         project own      needs:schedule:read
schedule:delete         project own      needs:schedule:read
job:claim               project reserved
job:work                project reserved
job:cleanup             project reserved
job:clean               project reserved

job:run.*               project own
member:assign.*         project
record:edit.*           project
`

// nodesMay is all that a node may do (R6, R28).
var nodesMay = []authz.NodeRight{
	{Permission: "node:read", Needs: authz.IsSelf}, // its own record
	{Permission: "job:claim", Serves: true},
	{Permission: "job:work", Needs: authz.HoldsLock | authz.HeldLock},
	{Permission: "job:cleanup", Needs: authz.HoldsLock | authz.HeldLock},
	{Permission: "job:read", Needs: authz.HoldsLock | authz.HeldLock | authz.IsLent}, // and of a step that its own takes files of
	{Permission: "file:read", Needs: authz.IsLent},
	{Permission: "file:download", Needs: authz.IsLent},
	{Permission: "collection:read", Needs: authz.IsLent},
	{Permission: "collection:ingest", Needs: authz.IsLent},
	{Permission: "collection:update", Needs: authz.IsLent},
	{Permission: "job:clean", Needs: authz.IsLent},
}

// loopsMay is what the program's own loops may do; setup is who makes an installation.
var loopsMay = map[string][]string{
	"authenticator": {"user:read", "key:read", "node:read"},
	"sweeper":       {"job:read", "job:update", "node:read"},
	"workflows":     {"job:read", "job:update"},
	"scheduler":     {"schedule:read", "schedule:update"},
	"sealer":        {"audit:seal"},
	"setup":         {"*", "audit:*", "user:*", "session:*", "team:*", "site:*", "key:*", "role:*", "jobtype:*", "root:*", "project:create"},
}

// typedRights are the lines of rights by name.
var typedRights = func() map[string]authz.Permission {
	all := map[string]authz.Permission{}
	for line := range strings.Lines(rights) {
		if words := strings.Fields(line); len(words) > 0 {
			all[words[0]] = typedRight(words)
		}
	}
	return all
}()

func typedRight(words []string) authz.Permission {
	is := func(word string) bool { return slices.Contains(words, word) }
	p := authz.Permission{Name: words[0], Selectors: is("own"), PublicOK: is("public"), Reserved: is("reserved"), Never: is("never"), Reads: is("looks")}
	if is("site") {
		p.Level = authz.OnSite
	}
	for _, word := range words {
		if name, found := strings.CutPrefix(word, "needs:"); found {
			p.Requires = append(p.Requires, name)
		}
		if name, found := strings.CutPrefix(word, "private:"); found {
			p.Private = name
		}
	}
	return p
}

// typedCatalog is what the rules say about the names that there are, which
// grow with roles and job types.
func typedCatalog(t *testing.T, names []authz.Permission) authz.Catalog {
	t.Helper()
	c := authz.Catalog{Operations: typedOperations, Node: nodesMay, System: loopsMay}
	for _, named := range names {
		p, typed := typedRights[named.Name]
		for family := range typedRights {
			if prefix, grows := strings.CutSuffix(family, "*"); grows && strings.HasPrefix(named.Name, prefix) {
				p, typed = typedRights[family], true
				p.Name = named.Name
			}
		}
		if !typed {
			t.Errorf("%s is in the catalogue and has no line here", named.Name)
		}
		c.Permissions = append(c.Permissions, p)
	}
	return c
}

// policy is what is stored now, for the judge, with the catalogue of this file.
func (g *golden) policy() judge.World {
	w := g.world.policy()
	w.Catalog = typedCatalog(g.t, w.Catalog.Permissions)
	return w
}

func TestTheCatalogueSaysWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	got := append(remit.Permissions(), remit.AssignPermission("reader"))
	got = append(got, remit.RunPermissions(remit.JobType{Key: "ml", On: []string{"none", "file", "collection"}})...)
	for i := range got {
		got[i].Title = ""
	}
	if diff := cmp.Diff(typedCatalog(t, got).Permissions, got); diff != "" {
		t.Errorf("permissions (-typed +there):\n%s", diff)
	}
	for name := range typedRights {
		if !strings.HasSuffix(name, "*") && !slices.ContainsFunc(got, func(p authz.Permission) bool { return p.Name == name }) {
			t.Errorf("%s is not in the catalogue", name)
		}
	}
	if diff := cmp.Diff(nodesMay, remit.NodeRights()); diff != "" {
		t.Errorf("what nodes may (-typed +there):\n%s", diff)
	}
	if diff := cmp.Diff(loopsMay, remit.SystemRoles()); diff != "" {
		t.Errorf("what loops may (-typed +there):\n%s", diff)
	}
}
