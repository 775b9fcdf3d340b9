package policyfile

import _ "embed"

// Schema is the JSON Schema of policy files, for editors. Parse knows more: it
// also finds what is named twice, and check what means nothing.
//
//go:embed schema.json
var Schema string
