package naive

import (
	"slices"

	. "github.com/remit-server/remit/authz"
)

func names(p Permission) []string        { return append([]string{p.Name}, p.Aliases...) }
func unseen(r Resource) bool             { return r.Visibility > Public }
func isRole(name string) func(Role) bool { return func(r Role) bool { return r.Name == name } }

func has[T any](list []T, is func(T) bool) bool { return slices.ContainsFunc(list, is) }
func find[T any](list []T, is func(T) bool) (found T) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		found = list[i]
	}
	return found
}
func keep[T any](list []T, is func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return !is(one) })
}
