package authz_test

import "github.com/remit-server/remit/authz"

var patternFaults = []fault{
	{
		"an unknown permission", override("p1", "drummer", authz.Deny, "record:view.budgt"),
		`project p1: override of role drummer: unknown permission "record:view.budgt", did you mean "record:view.budget"?`,
	},
	{
		"an unknown permission that is like no other", entry("p1", "dan", authz.Allow, "zebra:feed"),
		`project p1: entry of user dan: unknown permission "zebra:feed"`,
	},
	{
		"a pattern of no thing", override("p1", "drummer", authz.Deny, "jbo:*"),
		`project p1: override of role drummer: pattern "jbo:*" is of no thing that has permissions`,
	},
	{
		"a pattern that cuts a word", override("p1", "drummer", authz.Deny, "job:ru*"),
		`project p1: override of role drummer: pattern "job:ru*" is of no thing that has permissions`,
	},
	{
		"a selector where there is none", entry("p1", "dan", authz.Allow, "job:create@own"),
		`project p1: entry of user dan: "job:create@own": job:create has no selectors; write job:create`,
	},
	{
		"a selector that does not exist", entry("p1", "dan", authz.Allow, "job:read@mine"),
		`project p1: entry of user dan: "job:read@mine" has a selector that is neither @own nor @others`,
	},
	{
		"an entry that removes", entry("p1", "dan", authz.Remove, "job:read"),
		`project p1: entry of user dan: an entry allows or denies`,
	},
	{
		"an override without an effect", override("p1", "drummer", 0, "job:read"),
		`project p1: override of role drummer: an override allows, removes or denies`,
	},
	{
		"an unknown permission in a template",
		func(src *authz.Source) { src.Roles[2].Allow = []string{"job:raed"} },
		`role drummer: unknown permission "job:raed", did you mean "job:read"?`,
	},
}

var memberFaults = []fault{
	{
		"an unknown role in an override", override("p1", "drumer", authz.Deny, "job:read"),
		`project p1: override of role drumer: unknown role "drumer", did you mean "drummer"?`,
	},
	{
		"an unknown role in a membership", member("p1", "dan", "drumer"),
		`project p1: membership: unknown role "drumer", did you mean "drummer"?`,
	},
	{"an unknown user", member("p1", "nobody", "drummer"), `project p1: unknown user "nobody"`},
	{
		"an unknown team", members("p1", authz.Member{Team: "choir", Role: "drummer"}),
		`project p1: unknown team "choir"`,
	},
	{
		"an unknown team for some time",
		members("p1", authz.Member{Team: "choir", Role: "drummer", Interval: authz.Interval{From: 1}}),
		`project p1: unknown team "choir"`,
	},
	{
		"an unknown user in a team",
		func(src *authz.Source) { src.Teams = []authz.Team{{ID: "band", Users: []string{"ringo"}}} },
		`team band: unknown user "ringo"`,
	},
	{
		"a membership of two", members("p1", authz.Member{User: "dan", Team: "band", Role: "drummer"}),
		`project p1: a membership of role drummer names either a user or a team`,
	},
	{
		"a membership of nobody", members("p1", authz.Member{Role: "drummer"}),
		`project p1: a membership of role drummer names either a user or a team`,
	},
	{
		"an entry for nobody", entry("p1", "nobody", authz.Allow, "job:read"),
		`project p1: entry of user nobody: unknown user "nobody"`,
	},
}

var siteFaults = []fault{
	{
		"members of a built-in role", siteMember(authz.Member{User: "dan", Role: "signed_in"}),
		`site: role signed_in is built in and has no members`,
	},
	{
		"members of the role of strangers", siteMember(authz.Member{Team: "band", Role: "anonymous"}),
		`site: role anonymous is built in and has no members`,
	},
	{
		"an unknown site role", siteMember(authz.Member{User: "dan", Role: "staf"}),
		`site: membership: unknown role "staf", did you mean "staff"?`,
	},
	{
		"an unknown site member", siteMember(authz.Member{User: "nobody", Role: "staff"}),
		`site: unknown user "nobody"`,
	},
	{
		"a site membership in a collection", siteMember(authz.Member{User: "dan", Role: "staff", Collection: "c1"}),
		`site: a membership names collection c1; collections are of projects`,
	},
	{
		"a site entry in a collection",
		func(src *authz.Source) {
			src.SiteEntries = []authz.Entry{{User: "dan", Pattern: "job:read", Effect: authz.Deny, Collection: "c1"}}
		},
		`site: an entry names collection c1; collections are of projects`,
	},
	{"a site entry that removes", siteEntry("dan", authz.Remove, "job:read"), `site: entry of user dan: an entry allows or denies`},
	{"a site entry for nobody", siteEntry("nobody", authz.Deny, "job:read"), `site: entry of user nobody: unknown user "nobody"`},
	{
		"a site override of an unknown role",
		func(src *authz.Source) {
			src.SiteOverrides = []authz.Override{{Role: "drummer", Pattern: "job:read", Effect: authz.Deny}}
		},
		`site: override of role drummer: unknown role "drummer"`,
	},
	{
		"something reserved that does not exist",
		func(src *authz.Source) { src.Reserved = []string{"job:run.mll"} },
		`reserved: unknown permission "job:run.mll", did you mean "job:run.ml"?`,
	},
	{
		"something opened that does not exist",
		func(src *authz.Source) { src.Opened = []string{"node:creat"} },
		`opened: unknown permission "node:creat", did you mean "node:create"?`,
	},
	{
		"a pattern reserved",
		func(src *authz.Source) { src.Reserved = []string{"job:*"} },
		`reserved: unknown permission "job:*"`,
	},
}

var doubleFaults = []fault{
	{
		"two projects of one id", func(src *authz.Source) { src.Projects = append(src.Projects, authz.Project{ID: "p1"}) },
		`project p1 is there twice`,
	},
	{
		"a project without an id", func(src *authz.Source) { src.Projects = append(src.Projects, authz.Project{}) },
		`project without a name`,
	},
	{
		"a project named like nothing", func(src *authz.Source) { src.Projects = append(src.Projects, authz.Project{ID: "\x00"}) },
		`project "\x00": this name is of nothing`,
	},
	{
		"a project that would mean all", func(src *authz.Source) { src.Projects = append(src.Projects, authz.Project{ID: "*"}) },
		`project *: a star stands for all of them`,
	},
	{
		"two roles of one name", func(src *authz.Source) { src.Roles = append(src.Roles, authz.Role{Name: "drummer"}) },
		`role drummer is there twice`,
	},
	{
		"two site roles of one name", func(src *authz.Source) { src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "staff"}) },
		`site role staff is there twice`,
	},
	{
		"two users of one id", func(src *authz.Source) { src.Users = append(src.Users, authz.User{ID: "dan"}) },
		`user dan is there twice`,
	},
	{
		"a user without an id", func(src *authz.Source) { src.Users = append(src.Users, authz.User{}) },
		`user without a name`,
	},
	{
		"two teams of one id", func(src *authz.Source) { src.Teams = append(src.Teams, authz.Team{ID: "band"}) },
		`team band is there twice`,
	},
}

var publicFaults = []fault{
	{"what may not be public", public("p1", budget), `project p1: public: record:view.budget may not be public`},
	{
		"something unknown made public", public("p1", "record:view.event"),
		`project p1: public: unknown permission "record:view.event", did you mean "record:view.events"?`,
	},
	{
		"strangers given what may not be public",
		func(src *authz.Source) {
			src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"*", "job:read"}})
		},
		`site role anonymous: job:read may not be public`,
	},
	{
		"strangers given it by an override",
		func(src *authz.Source) {
			src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: "job:read", Effect: authz.Allow}}
		},
		`site: override of role anonymous: job:read may not be public`,
	},
}

// members is given these memberships of a project.
func members(in string, list ...authz.Member) change {
	return func(src *authz.Source) {
		p := project(src, in)
		p.Members = append(p.Members, list...)
	}
}

func siteMember(m authz.Member) change {
	return func(src *authz.Source) { src.SiteMembers = append(src.SiteMembers, m) }
}
