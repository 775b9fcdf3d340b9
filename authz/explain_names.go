package authz

import (
	"slices"
	"strings"
)

// The site roles that are built in: what strangers may do, and so everybody,
// and what every account may do.
const (
	strangersRole = "anonymous"
	everyonesRole = "signed_in"
)

// namesakes are the permissions that a name stands for, in the order of their
// names: itself, or for an old name all that list it as an alias.
func namesakes(src *Source, name string) []Permission {
	var list []Permission
	for _, perm := range src.Catalog.Permissions {
		if perm.Name == name || slices.Contains(perm.Aliases, name) {
			list = append(list, perm)
		}
	}
	slices.SortFunc(list, func(a, b Permission) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// named is one permission of the catalogue by its present name.
func named(src *Source, name string) Permission {
	i := slices.IndexFunc(src.Catalog.Permissions, func(perm Permission) bool { return perm.Name == name })
	return src.Catalog.Permissions[i]
}

// goesBy says whether an exact name, old or new, stands for the permission.
func (p Permission) goesBy(name string) bool {
	return p.Name == name || slices.Contains(p.Aliases, name)
}

// touches says whether a written pattern speaks of the permission, for own
// things or for others'.
func (p Permission) touches(written string) bool {
	pattern, half, _ := strings.Cut(written, "@")
	if p.Never || half != "" && !p.Selectors {
		return false
	}
	speaks := func(name string) bool { return Match(pattern, name) }
	return speaks(p.Name) || slices.ContainsFunc(p.Aliases, speaks)
}

// onlyFor is what a written pattern confines itself to: "own", "others" or "".
func onlyFor(written string) string {
	_, half, _ := strings.Cut(written, "@")
	return half
}

// reaches says whether a written pattern is read for things of this sort.
func reaches(written string, own bool) bool {
	half := onlyFor(written)
	return half == "" || (half == "own") == own
}

// isView says whether it is the permission that bans and titles are about (R10).
func (p Permission) isView() bool { return p.Name == ProjectView }

// bans says whether a written deny names ProjectView exactly, perhaps by an
// old name of it (R10).
func bans(src *Source, written string, effect Effect) bool {
	name, _, _ := strings.Cut(written, "@")
	return effect == Deny && slices.ContainsFunc(namesakes(src, name), Permission.isView)
}

// withRequired lists a permission and what it requires, transitively (R15).
func withRequired(src *Source, name string) []string {
	list := []string{name}
	for i := 0; i < len(list); i++ {
		for _, need := range named(src, list[i]).Requires {
			if !slices.Contains(list, need) {
				list = append(list, need)
			}
		}
	}
	return list
}

// path is a shortest way along what requires what, both ends included.
func path(src *Source, from, to string) []string {
	before := map[string]string{}
	for _, name := range withRequired(src, from) {
		for _, need := range named(src, name).Requires {
			if before[need] == "" {
				before[need] = name
			}
		}
	}
	way := []string{to}
	for way[0] != from {
		way = slices.Insert(way, 0, before[way[0]])
	}
	return way
}
