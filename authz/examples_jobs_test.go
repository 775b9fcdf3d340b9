package authz_test

import "github.com/remit-server/remit/authz"

func jobOf(owner string) authz.Resource {
	return authz.Resource{Project: "p1", Owner: owner, Run: "render"}
}

func run(on authz.Resource, what string) authz.Resource {
	on.Run = what
	return on
}

func with(on authz.Resource, facts authz.Facts) authz.Resource {
	on.Facts = facts
	return on
}

var n1 = authz.Subject{Kind: authz.Node, ID: "n1", Projects: []string{"p1"}}

var jobExamples = []example{
	{
		"row_18_a_key_narrows_superusers_too",
		nil,
		[]asked{
			{who: capped("sue", "job:read"), what: "job.cancel", on: jobOf(""), want: "403 scope"},
			{who: capped("sue", "job:read"), what: "job:cancel", on: jobOf(""), want: "no R5"},
			{who: capped("sue", "job:read"), what: "job:read", on: jobOf(""), want: "yes R8"},
		},
	},
	{
		"row_19_guards_bind_superusers",
		nil,
		[]asked{
			{who: person("sue"), what: "job.claim", on: jobOf(""), want: "409 node"},
			{who: person("sue"), what: "job.claim", on: with(jobOf(""), authz.IsWorkflow), want: "409 node"},
			{who: n1, what: "job.claim", on: with(jobOf(""), authz.IsWorkflow), want: "409 workable"},
			{who: n1, what: "job.claim", on: jobOf(""), want: "yes"},
		},
	},
	{
		"row_21_others_jobs_may_be_absent",
		[]change{member("p1", "dan", "sound_tech"), override("p1", "sound_tech", authz.Deny, "job:read@others")},
		[]asked{
			{who: person("dan"), what: "job.read", on: jobOf("dan"), want: "yes"},
			{who: person("dan"), what: "job.read", on: jobOf("eve"), want: "404"},
			{who: person("dan"), what: "job:read", on: jobOf("eve"), want: "no R12"},
		},
	},
	{
		"row_22_only_own_jobs_can_be_cancelled",
		[]change{member("p1", "dan", "sound_tech")},
		[]asked{
			{who: person("dan"), what: "job.cancel", on: jobOf("eve"), want: "403 own"},
			{who: person("dan"), what: "job.cancel", on: jobOf(""), want: "403 own"},
			{who: person("dan"), what: "job.cancel", on: jobOf("dan"), want: "yes"},
		},
	},
	{
		"row_23_a_deny_of_the_primary_refuses",
		[]change{member("p1", "dan", "sound_tech"), entry("p1", "dan", authz.Deny, "job:cancel")},
		[]asked{
			{who: person("dan"), what: "job:run.render", on: jobOf("dan"), want: "yes R12"},
			{who: person("dan"), what: "job.cancel", on: jobOf("dan"), want: "403"},
		},
	},
	{
		"row_23b_a_deny_of_another_than_the_primary_does_not",
		[]change{member("p1", "ada", "owner"), entry("p1", "ada", authz.Deny, "job:run.render")},
		[]asked{{who: person("ada"), what: "job.cancel", on: jobOf("dan"), want: "yes"}},
	},
	{
		"row_26_ownership_moves_with_the_hand_over",
		[]change{member("p1", "ada", "sound_tech"), member("p1", "bob", "sound_tech")},
		[]asked{
			{who: person("ada"), what: "job.cancel", on: jobOf("bob"), want: "403 own"},
			{who: person("bob"), what: "job.cancel", on: jobOf("bob"), want: "yes"},
		},
	},
	{
		"row_27_owning_confers_nothing_by_itself",
		nil,
		[]asked{{who: person("eve"), what: "job.cancel", on: jobOf("eve"), want: "404"}},
	},
	{
		"row_34_rights_to_one_image_are_not_rights_to_the_batch",
		[]change{member("p1", "bob", "basic")},
		[]asked{
			{who: person("bob"), what: "job.submit", on: run(jobOf("bob"), "ml.single"), want: "yes"},
			{who: person("bob"), what: "job.submit", on: run(jobOf("bob"), "ml"), want: "403"},
			{who: person("bob"), what: "job.create", on: run(jobOf("bob"), "ml"), want: "yes"},
		},
	},
	{
		"row_25_a_node_that_lost_its_lock_may_clean_up_but_not_finish",
		nil,
		[]asked{
			{who: n1, what: "job.finish", on: with(jobOf(""), authz.HeldLock), want: "409 lock_holder"},
			{who: n1, what: "job.cleanup", on: with(jobOf(""), authz.HeldLock), want: "yes"},
			{who: n1, what: "job.finish", on: with(jobOf(""), authz.HoldsLock), want: "yes"},
			{who: n1, what: "job:work", on: jobOf(""), want: "no R6"},
			{who: n1, what: "job:cancel", on: jobOf(""), want: "no R6"},
			{who: n1, what: "job:claim", on: in("p2"), want: "no R6"},
		},
	},
}

func privately(owner, collection string) authz.Resource {
	return authz.Resource{Project: "p1", Owner: owner, Collection: collection, Visibility: authz.Private}
}

var visibilityExamples = []example{
	{
		"row_37_a_private_collection_opens_to_its_members",
		[]change{
			func(src *authz.Source) {
				p := project(src, "p1")
				p.Members = append(p.Members, authz.Member{User: "dan", Role: "reader", Collection: "c1"})
			},
			member("p1", "eve", "reader"),
			member("p1", "pam", "reader"), entry("p1", "pam", authz.Allow, "collection:read_private"),
		},
		[]asked{
			{who: person("dan"), what: "collection.read", on: privately("ada", "c1"), want: "yes"},
			{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "yes R12"},
			{who: person("dan"), what: "collection:read", on: privately("ada", "c2"), want: "no R14"},
			{who: person("dan"), what: "file:read", on: privately("ada", "c1"), want: "no R14"},
			{who: person("eve"), what: "collection.read", on: privately("ada", "c1"), want: "404"},
			{who: person("eve"), what: "collection:read", on: privately("eve", "c1"), want: "yes R12"},
			{who: person("pam"), what: "collection.read", on: privately("ada", "c1"), want: "yes"},
			{who: person("pam"), what: "collection:read", on: privately("ada", "c1"), want: "yes R11"},
			{who: person("ada"), what: "collection.read", on: privately("ada", "c1"), want: "404"},
		},
	},
}
