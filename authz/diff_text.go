package authz

import "strings"

// String says it in plain words: "bob gains job:run.ml in p1 from
// 2026-11-21T13:00:00Z until 2026-12-01T00:00:00Z".
func (d Difference) String() string {
	words := []string{d.who(), d.verb(), d.Permission, d.where()}
	switch d.Visibility {
	case Private:
		words = append(words, "on private things")
	case Public:
		words = append(words, "on public things")
	}
	return strings.Join(words, " ") + d.Interval.words()
}

func (d Difference) who() string {
	switch d.User {
	case "":
		return "everybody"
	case "*":
		return "every account"
	}
	return d.User
}

func (d Difference) verb() string {
	if d.Gained {
		return "gains"
	}
	return "loses"
}

func (d Difference) where() string {
	switch {
	case d.Project == "":
		return "on the site"
	case d.Project == "*":
		return "in every project"
	case d.Collection != "":
		return "in collection " + d.Collection + " of " + d.Project
	}
	return "in " + d.Project
}
