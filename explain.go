package remit

import "time"

// Explanation is a decision with its reasons (R22), in names instead of ids.
type Explanation struct {
	Allowed    bool         `json:"allowed"`
	Rule       string       `json:"rule"`              // that decided: "R12"
	Permission string       `json:"permission"`        // that was asked, by its present name
	Missing    string       `json:"missing,omitempty"` // what is refused, where that is another one (R15)
	Why        string       `json:"why"`               // the rule in words
	Detail     string       `json:"detail,omitempty"`  // what the rule met with here
	Considered []Considered `json:"considered"`        // everything that speaks of it, or could
	Parts      []Because    `json:"parts,omitempty"`   // the questions that this one rests on
	Flips      []string     `json:"flips,omitempty"`   // each would turn the answer over
	Text       string       `json:"text,omitempty"`    // all of it in lines, for people
}

// Because is a question within an explanation: As says what it is to the whole,
// "required" or "viewer".
type Because struct {
	As string `json:"as"`
	Explanation
}

// Considered is one thing written in the policy that an explanation looked at.
type Considered struct {
	Rule       string     `json:"rule"` // where it is read: "R11"
	Permission string     `json:"permission"`
	Role       string     `json:"role,omitempty"` // absent: a personal entry, or what is public
	Team       string     `json:"team,omitempty"` // that holds the role
	Project    string     `json:"project,omitempty"`
	Collection string     `json:"collection,omitempty"`
	Pattern    string     `json:"pattern,omitempty"` // what speaks, as it was written
	Effect     string     `json:"effect,omitempty"`  // "allow", "remove" or "deny"; absent: it says nothing of this
	Public     bool       `json:"public,omitempty"`
	Override   bool       `json:"override,omitempty"` // the pattern stands in an override of the role
	Live       bool       `json:"live"`               // now (R17)
	Decided    bool       `json:"decided"`
	Why        string     `json:"why,omitempty"` // it did not decide
	From       *time.Time `json:"from,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	Written    *Written   `json:"written,omitempty"` // of the entry or override
	Given      *Written   `json:"given,omitempty"`   // of the membership that brings the role
}

// Written says who wrote something, for those who may see the members.
type Written struct {
	By  string     `json:"by,omitempty"`
	At  *time.Time `json:"at,omitempty"`
	Why string     `json:"why,omitempty"`
}
