// Package policyfile is policy as code: permissions, roles, teams, members,
// overrides and entries written in YAML files, read with the place of every
// word, judged (lint, test), and compared with what is stored (plan, apply).
//
// Its one invariant: what a file says about a thing it says wholly, and what it
// does not mention is left alone. A list that is there is the whole list; a key
// that is absent changes nothing; only Prune removes roles and teams that no
// file names.
//
//	doc, err := policyfile.Parse(policyfile.File{Name: "moths.yaml", Text: text})
//	findings := policyfile.Lint(doc, policyfile.BuiltIn(doc), now)
//	plan, err := policyfile.New(g).Plan(ctx, who, policyfile.Request{Files: files})
package policyfile
