// Package authz decides who may do what on which thing.
//
// It is pure: a [Source] (plain data) is compiled into an immutable [Policy],
// and a Policy answers questions. No clock, no context, no I/O: the caller
// brings the subject, the thing and the time. Every moment, in questions and in
// policies, is in microseconds since 1970 UTC.
//
//	policy, err := authz.Compile(source)
//	d := policy.Check(ada, "job:run.ml", authz.Resource{Project: "p1"}, now)
//	if !d.Allowed {
//		fmt.Println(d.Rule, d.Permission) // 14 job:run.ml
//	}
//
// Its one invariant: there is one decision, that of [Policy.Check], about one
// permission on one thing. The rest asks it in other ways:
//
//   - many at once, or one again and again: [Policy.CheckAll], [Policy.Decide];
//   - an operation: [Policy.Can], [Policy.CanMove] and [Policy.Actions] combine
//     decisions by groups of permissions, let a deny of the primary permission
//     refuse, and ask the guards on the state of the thing last;
//   - what and which: [Policy.Permissions], [Policy.Cells], and as a condition
//     for lists [Policy.Scope];
//   - who: [Policy.Who];
//   - why, and what would turn it over: [Policy.Explain], [Policy.Flips];
//   - what another policy decides otherwise: [Diff].
//
// # Six ideas
//
// What can be permitted is a catalogue of names, `thing:verb` with qualifiers
// after dots. A name implies no other name; patterns such as `job:run.*` stand
// for many, tomorrow's too. The catalogue is data: a program brings its own.
//
// Roles are templates, and are held in projects. A template only allows. A
// project says by overrides what a role means differently there, and nothing
// is copied.
//
// The first that speaks, decides: what is never allowed, or reserved for
// superusers; what is public, which no deny hides; what a key leaves out;
// superusers; denies of the site; a ban from the project; personal entries
// there; roles held there; allows of the site. Among entries, and among roles,
// any deny goes before every allow. What nobody speaks of is refused, and so is
// what requires something that is refused. These rules have numbers, and every
// decision carries that of its rule, so that a refusal can say why.
//
// Own things and others' things are decided apart, and so is everything else
// that a selector, an interval, a collection or a key can tell apart.
//
// Whoever asks can be narrowed, and never gains by it: by the [Caps] of a key,
// and by a [Preview], which shows what another person or role would see, as far
// as it only reads and the viewer may see it too.
//
// A policy never changes. An edit makes the next one, at the cost of the edit
// ([Policy.Recompile]), while the one before goes on answering. So what an edit
// would do can be known before it is done (Diff), and so can the edits that
// would do something (Flips).
//
// The rules R1 to R32 are written down in docs/permissions.md; the code and
// its tests name them by number. docs/authz.md tells how to use this package
// in another program.
package authz
