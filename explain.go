package remit

import (
	"slices"
	"strings"
	"time"
)

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
	Project    string       `json:"project,omitempty"` // slug; of what was asked about
	Thing      string       `json:"thing,omitempty"`   // its id
	Cut        bool         `json:"cut,omitempty"`     // it was too long: access/explain tells the rest
}

// What goes with a refusal is no longer than this.
const (
	mostConsidered = 20   // of each explanation
	mostParts      = 3    // of the first one; parts have none
	mostText       = 4000 // bytes
)

// Short is x as it goes with a refusal: without what would flip it, and bounded.
func (x Explanation) Short() Explanation {
	x = x.short()
	parts := x.Parts
	if x.Parts = nil; len(parts) > mostParts {
		parts, x.Cut = parts[:mostParts], true
	}
	for _, part := range parts {
		kept := part.Explanation.short()
		kept.Cut, kept.Parts = kept.Cut || len(kept.Parts) > 0, nil
		x.Parts = append(x.Parts, Because{As: part.As, Explanation: kept})
	}
	return x
}

func (x Explanation) short() Explanation {
	x.Flips = nil
	if len(x.Considered) > mostConsidered {
		x.Considered, x.Cut = decidedFirst(x.Considered)[:mostConsidered], true
	}
	if len(x.Text) > mostText {
		end := max(strings.LastIndexByte(x.Text[:mostText], '\n')+1, 0)
		x.Text, x.Cut = x.Text[:end], true
	}
	return x
}

func decidedFirst(all []Considered) []Considered {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Considered) int {
		switch {
		case a.Decided == b.Decided:
			return 0
		case a.Decided:
			return -1
		}
		return 1
	})
	return sorted
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
