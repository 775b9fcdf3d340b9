package authz

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String tells the explanation in lines, its parts indented.
func (x Explanation) String() string {
	var b strings.Builder
	x.write(&b, "")
	return b.String()
}

func (x Explanation) write(b *strings.Builder, indent string) {
	verdict := "refused"
	if x.Allowed {
		verdict = "allowed"
	}
	fmt.Fprintf(b, "%s%s %s by %s: %s", indent, x.Asked, verdict, x.Rule.text(), x.Why)
	if x.Detail != "" {
		fmt.Fprintf(b, " (%s)", x.Detail)
	}
	b.WriteString("\n")
	for _, c := range x.Considered {
		fmt.Fprintf(b, "%s  %s\n", indent, c)
	}
	for _, part := range x.Parts {
		fmt.Fprintf(b, "%s  %s:\n", indent, part.As.words())
		part.write(b, indent+"    ")
	}
}

func (k PartKind) words() string {
	switch k {
	case PartViewerOwn:
		return "viewer, of own things"
	case PartViewerOthers:
		return "viewer, of others' things"
	}
	return string(k)
}

// String tells what was considered in one line: what it is, what it says and
// when, who wrote it, and whether it decided or why not.
func (c Considered) String() string {
	line := c.Rule.text() + " " + c.what() + placed(c.Project, c.Collection) + c.says()
	line += c.words() + c.Note.words("written") + c.Membership.words("given")
	if c.Decided {
		return line + " — decides"
	}
	return line + " — " + c.Why
}

func (c Considered) says() string {
	switch {
	case c.Rule == 10 && c.Effect == Allow:
		return " shows the title"
	case c.Effect == 0:
		return ""
	}
	return " " + c.Effect.does() + " " + c.Pattern
}

func (c Considered) what() string {
	switch {
	case c.Public:
		return "public"
	case c.Role == "":
		return "personal entry"
	case c.Override:
		return "override of " + held(c.Role, c.Team)
	}
	return held(c.Role, c.Team)
}

func held(role, team string) string {
	if team == "" {
		return "role " + role
	}
	return "role " + role + " of team " + team
}

func placed(project, collection string) string {
	switch {
	case project == "":
		return " on the site"
	case collection == "":
		return " in " + project
	}
	return " in collection " + collection + " of " + project
}

func (r Rule) text() string { return "R" + strconv.Itoa(int(r)) }

func (e Effect) does() string {
	switch e {
	case Allow:
		return "allows"
	case Remove:
		return "removes"
	}
	return "denies"
}

func (i Interval) words() string {
	var text string
	if i.From != 0 {
		text += " from " + moment(i.From)
	}
	if i.Until != 0 {
		text += " until " + moment(i.Until)
	}
	return text
}

func moment(microseconds int64) string {
	return time.UnixMicro(microseconds).UTC().Format(time.RFC3339Nano)
}

// words are in brackets: what was done, by whom, when, why.
func (n *Note) words(done string) string {
	if n == nil {
		return ""
	}
	text := " (" + done
	if n.By != "" {
		text += " by " + n.By
	}
	if n.At != 0 {
		text += " at " + moment(n.At)
	}
	if n.Why != "" {
		text += ": " + n.Why
	}
	return text + ")"
}

// Reason says the deciding rule in words: at no cost, and without what only
// Explain knows. It is "" for decisions that no rule had to make.
func (d Decision) Reason() string {
	if d.Rule == 10 && d.Allowed {
		return "any role, allow or public part of a project shows its title"
	}
	return reasons[d.Rule]
}

var reasons = map[Rule]string{
	1:  "the account does not exist or is disabled",
	2:  "what is asked about is not known",
	3:  "nobody may do this",
	4:  "reserved for superusers",
	5:  "outside what the key or preview may do",
	6:  "a node may do exactly what its work needs",
	7:  "public: everybody may do this",
	8:  "a superuser may do this",
	9:  "denied on the site",
	10: "a ban denies the whole project",
	11: "a personal entry in the project decides",
	12: "the roles held in the project decide",
	13: "allowed on the site",
	14: "nothing allows it",
	15: "something that it requires is missing",
	16: "the state of the thing does not permit it",
	28: "the job lends this to the node that holds it",
	31: "the token of a job gives this on that job",
	32: "authentication is off: everybody is a superuser",
}

// unanswerable says what is wrong with a question that R1 or R2 refuses.
func (p *Policy) unanswerable(rd *reading, permission string, rule Rule) string {
	switch v := rd.asker.Preview; {
	case rd.asker.Kind == Person && !rd.enabled(rd.asker.ID):
		return rd.noAccount(rd.asker.ID)
	case rule == 1 && v == nil:
		return "there is no such kind of subject"
	case rule == 1 && (v.User == "") == (v.Role == ""):
		return "a preview is of a person or of a role"
	case rule == 1:
		return rd.noAccount(v.User)
	case rd.thing.Visibility > Public:
		return fmt.Sprintf("there is no visibility %d", rd.thing.Visibility)
	case len(namesakes(rd.source, permission)) > 0:
		return "there is no role " + v.Role
	}
	return "there is no permission " + permission + perhaps(p.Suggest(permission))
}

func (rd *reading) noAccount(id string) string {
	if rd.account(id) == nil {
		return "there is no account " + id
	}
	return "the account " + id + " is disabled"
}

func perhaps(name string) string {
	if name == "" {
		return ""
	}
	return "; perhaps " + name + " is meant"
}

// overruled says why something that holds did not decide, when another rule
// did or something stronger under the same one.
func overruled(c Considered, d Decision) string {
	switch {
	case c.Effect == Remove:
		return "only silences the role's template"
	case c.Rule == d.Rule:
		return "a deny under the same rule is stronger"
	}
	return d.Rule.text() + " decides before it"
}
