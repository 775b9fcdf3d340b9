package policyfile

import (
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// Result is what came of one question, or of a test whose policy is to be
// refused.
type Result struct {
	Test     string
	At       Place
	Question string // in words
	Want     string // "allow R12"
	Got      string // the same, or why there is no answer
	Pass     bool
}

// Run puts all questions of a suite. now is the time of those without one.
func (s Suite) Run(now time.Time) []Result {
	var all []Result
	for _, t := range s.Tests {
		all = append(all, t.run(now)...)
	}
	return all
}

// Failed counts those that did not pass.
func Failed(all []Result) (n int) {
	for _, r := range all {
		if !r.Pass {
			n++
		}
	}
	return n
}

func (t Test) run(now time.Time) []Result {
	policy, err := t.compile()
	if t.Refused != "" || err != nil {
		return []Result{t.refusal(err)}
	}
	all := make([]Result, len(t.Asks))
	for i, q := range t.Asks {
		all[i] = t.answer(policy, q, now)
	}
	return all
}

// refusal is the one result of a test that has no policy.
func (t Test) refusal(err error) Result {
	r := Result{Test: t.Name.Text, At: t.Name.At, Question: "the policy", Want: "is accepted", Got: "is accepted"}
	if t.Refused != "" {
		r.Want = "is refused: " + t.Refused
	}
	if err != nil {
		r.Got = err.Error()
	}
	r.Pass = t.Refused != "" && err != nil && strings.Contains(err.Error(), t.Refused)
	return r
}

func (t Test) compile() (*authz.Policy, error) {
	source, err := t.Given.Source(t.World)
	if err != nil {
		return nil, err
	}
	known := map[string]int{}
	for i, u := range source.Users {
		known[u.ID] = i
	}
	account := func(name string) *authz.User {
		i, ok := known[name]
		if !ok {
			i = len(source.Users)
			known[name] = i
			source.Users = append(source.Users, authz.User{ID: name, Name: name})
		}
		return &source.Users[i]
	}
	for _, q := range t.Asks {
		if q.Who != "" {
			account(q.Who)
		}
	}
	for _, name := range t.Supers {
		account(name).Superuser = true
	}
	for _, name := range t.Dead {
		account(name).Disabled = true
	}
	return authz.Compile(source)
}

func (t Test) answer(p *authz.Policy, q Ask, now time.Time) Result {
	r := Result{Test: t.Name.Text, At: q.At, Question: q.String(), Want: q.want()}
	if !q.When.IsZero() {
		now = q.When
	}
	d, err := q.decide(p, now.UnixMicro())
	if err != nil {
		r.Got = err.Error()
		return r
	}
	r.Got, r.Pass = q.got(d), q.holds(d)
	return r
}

func (q Ask) decide(p *authz.Policy, at int64) (authz.Decision, error) {
	on := q.On
	on.Project = q.Project
	who := q.subject()
	if isOperation(q.What) {
		if _, known := p.Operation(q.What); !known {
			return authz.Decision{}, fmt.Errorf("there is no operation %s%s", quoted(q.What), maybe(p.Suggest(q.What)))
		}
		return p.Can(who, q.What, on, at), nil
	}
	if _, known := p.Permission(q.What); !known {
		return authz.Decision{}, p.Fault(q.What)
	}
	return p.Check(who, q.What, on, at), nil
}

// subject is who asks. A wrong credential is that of no account.
func (q Ask) subject() authz.Subject {
	s := authz.Subject{Kind: authz.Person, ID: q.Who, Name: q.Who}
	switch {
	case q.Credential:
		s.ID = "\x00wrong"
	case q.Who == "":
		s.Kind = authz.Anonymous
	}
	if q.Scopes != nil {
		s.Caps = &authz.Caps{Scopes: q.Scopes}
	}
	return s
}

// holds compares a decision with what is expected, as far as it is said.
func (q Ask) holds(d authz.Decision) bool {
	return d.Allowed == q.Allow && (q.Rule == "" || q.Rule == rule(d)) && (q.Missing == "" || q.Missing == d.Permission) &&
		(q.Status == 0 || q.Status == q.status(d))
}

func rule(d authz.Decision) string { return fmt.Sprintf("R%d", d.Rule) }

// status is how a decision reads over HTTP, in the order of R21.
func (q Ask) status(d authz.Decision) int {
	switch {
	case d.Allowed:
		return 200
	case d.Guard != "":
		return 409
	case d.Rule == 1:
		return 401
	case d.ProjectHidden:
		return 404
	case d.OutsideCaps() && !d.ThingHidden, d.OwnOnly:
		return 403
	case d.ThingHidden:
		return 404
	case q.Who == "":
		return 401
	}
	return 403
}

func (q Ask) want() string {
	return answerText(q.Allow, q.Rule, q.Missing, q.Status)
}

func (q Ask) got(d authz.Decision) string {
	var missing string
	var status int
	if q.Missing != "" {
		missing = d.Permission
	}
	if q.Status != 0 {
		status = q.status(d)
	}
	return answerText(d.Allowed, rule(d), missing, status)
}

func answerText(allow bool, rule, missing string, status int) string {
	text := map[bool]string{true: "allow", false: "deny"}[allow]
	if rule != "" {
		text += " " + rule
	}
	if missing != "" {
		text += " " + missing
	}
	if status != 0 {
		text += fmt.Sprintf(" %d", status)
	}
	return text
}

// String is the question in words.
func (q Ask) String() string {
	who := q.Who
	if q.Credential {
		who = "a wrong credential"
	} else if who == "" {
		who = "nobody"
	}
	words := []string{who, q.What}
	if q.Project != "" {
		words = append(words, "in", q.Project)
	}
	if q.On.Thing != "" {
		words = append(words, q.thing())
	}
	if q.Scopes != nil {
		words = append(words, "by a key for "+strings.Join(q.Scopes, ", "))
	}
	if !q.When.IsZero() {
		words = append(words, "at "+q.When.Format(time.RFC3339))
	}
	return strings.Join(words, " ")
}

func (q Ask) thing() string {
	text := "on a thing of nobody"
	switch q.On.Owner {
	case "":
	case q.Who:
		text = "on an own thing"
	default:
		text = "on a thing of " + q.On.Owner
	}
	if q.On.Visibility == authz.Private {
		text += ", private"
	}
	if q.On.Visibility == authz.Public {
		text += ", public"
	}
	if q.On.Collection != "" {
		text += ", in " + q.On.Collection
	}
	return text
}
