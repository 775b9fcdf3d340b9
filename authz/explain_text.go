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
		fmt.Fprintf(b, "%s  %s:\n", indent, part.As)
		part.write(b, indent+"    ")
	}
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
	text := " (" + done + " by " + n.By
	if n.At != 0 {
		text += " at " + moment(n.At)
	}
	if n.Why != "" {
		text += ": " + n.Why
	}
	return text + ")"
}
