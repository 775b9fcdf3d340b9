// Package parameters is what a job type says of the parameters of its jobs, in
// JSON Schema (2020-12), and what becomes of those that are given: defaults are
// filled in, secrets and files are taken apart.
//
// Its one invariant: no error tells a secret.
//
//	schema, err := schemas.Of(kind.Params)
//	given, err := parameters.Take(kind.Key, schema, []byte(`{"threshold": 3, "token": "…"}`))
//	// given.Plain is {"threshold":3,"model":"v2"}, given.Secrets["token"] is "…"
package parameters
