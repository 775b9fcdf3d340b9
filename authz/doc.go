// Package authz decides who may do what on which thing.
//
// It is pure: a Source (plain data) is compiled into an immutable Policy, and
// a Policy answers questions. No clock, no context, no I/O: the caller brings
// the subject, the thing and the time. Its one invariant: every answer (Check,
// Can, Scope, Who, Explain) is the same decision, asked in another way.
//
//	policy, err := authz.Compile(source)
//	d := policy.Check(ada, "job:run.ml", authz.Resource{Project: "p1"}, now)
//	if !d.Allowed {
//		fmt.Println(d.Rule, d.Permission) // R14 job:run.ml
//	}
//
// The rules R1 to R32 are written down in docs/permissions.md; the code and
// its tests name them by number.
package authz
