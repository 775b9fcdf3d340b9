// Package authz decides who may do what on which thing.
//
// It is pure: a [Source] (plain data) is compiled into an immutable [Policy],
// and a Policy answers questions. No clock, no context, no I/O: the caller
// brings the subject, the thing and the time. Its one invariant: every answer
// (Check, Can, Scope, Who, Explain) is the same decision, asked in another way.
//
//	policy, err := authz.Compile(source)
//	d := policy.Check(ada, "job:run.ml", authz.Resource{Project: "p1"}, now)
//	if !d.Allowed {
//		fmt.Println(d.Rule, d.Permission) // R14 job:run.ml
//	}
//
// # Five ideas
//
// What can be permitted is a catalogue of names, `thing:verb` with qualifiers
// after dots. A name implies no other name; patterns such as `job:run.*` stand
// for many, tomorrow's too. The catalogue is data: a program brings its own.
//
// Roles are templates, and are held in projects. A template only allows. A
// project says by overrides what a role means differently there, and nothing
// is copied.
//
// Deny goes before allow, and the nearer before the farther: an entry for one
// person before roles, a project before the site. What is public is everybody's
// and no deny hides it.
//
// Own things and others' things are decided apart, and so is everything else
// that a selector, an interval, a collection or a key can tell apart.
//
// Rules have numbers. The first rule that speaks decides, and every decision
// carries its number, so that a refusal can say why.
//
// The rules R1 to R32 are written down in docs/permissions.md; the code and
// its tests name them by number. docs/authz.md tells how to use this package
// in another program.
package authz
