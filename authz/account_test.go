package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// disabled turns accounts off.
func disabled(ids ...string) change {
	return func(src *authz.Source) {
		for i := range src.Users {
			for _, id := range ids {
				src.Users[i].Disabled = src.Users[i].Disabled || src.Users[i].ID == id
			}
		}
	}
}

func TestADisabledAccountMayNothing(t *testing.T) {
	t.Parallel()
	p := compile(t, disabled("dan", "sue"), member("p1", "dan", "owner"), public("p1", events))
	wantAnswers(t, p,
		asked{who: person("dan"), what: budget, on: in("p1"), want: "no R1"},
		asked{who: person("dan"), what: events, on: in("p1"), want: "no R1"}, // what strangers may, even
		asked{who: person("dan"), what: "job:fly", on: in("p1"), want: "no R1"},
		asked{who: person("dan"), what: "job.cancel", on: jobOf("dan"), want: "401"},
		asked{who: person("sue"), what: budget, on: in("p1"), want: "no R1"},
		asked{who: capped("sue", "*"), what: budget, on: in("p1"), want: "no R1"},
	)
	if got := p.Permissions(person("dan"), "p1", 0); got != nil {
		t.Errorf("holds %v", got)
	}
	if scope := p.Scope(person("dan"), events, 0); !scope.Empty() {
		t.Errorf("lists %+v", scope)
	}
}

func TestNobodyIsToldThatADisabledAccountMaySomething(t *testing.T) {
	t.Parallel()
	given := []change{member("p1", "dan", "owner"), members("p1", authz.Member{Team: "band", Role: "drummer"})}
	before, after := compile(t, given...), compile(t, append(given, disabled("dan"))...)
	if diff := cmp.Diff([]string{"dan", "eve", "sue"}, before.Who(events, in("p1"), 0)); diff != "" {
		t.Errorf("before: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"eve", "sue"}, after.Who(events, in("p1"), 0)); diff != "" {
		t.Errorf("after: -want +got\n%s", diff)
	}
}

func TestNamesOfAccountsAreForRefusals(t *testing.T) {
	t.Parallel()
	p := compile(t, func(src *authz.Source) { src.Users[0].Name = "Ada" })
	for id, want := range map[string]string{"ada": "Ada", "bob": "", "nobody": ""} {
		if got := p.UserName(id); got != want {
			t.Errorf("%s is called %q", id, got)
		}
	}
	if diff := cmp.Diff([]string{"job:run.ml", "job:run.ml.single", "job:run.render"}, p.Names("job:run.")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Ids are bytes. What looks alike, or would be in some alphabet, is another.
func TestIdsAreComparedByteByByte(t *testing.T) {
	t.Parallel()
	ids := []string{"é", "e\u0301", "É", "e", "e ", "\xe9", "e\x00"}
	for _, holder := range ids {
		src := authz.Source{
			Catalog: authz.Catalog{Permissions: []authz.Permission{
				{Name: "job:read", Selectors: true}, {Name: "file:read", Private: "file:read_private"}, {Name: "file:read_private"},
			}},
			Roles:    []authz.Role{{Name: holder, Allow: []string{"job:read@own"}}},
			Projects: []authz.Project{{ID: holder, Members: []authz.Member{{User: holder, Role: holder}}}},
		}
		src.Projects[0].Entries = []authz.Entry{{User: holder, Pattern: "file:read", Effect: authz.Allow, Collection: holder}}
		for _, id := range ids {
			src.Users = append(src.Users, authz.User{ID: id})
		}
		p, err := authz.Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range ids {
			for _, id := range ids {
				sameBytes := user == holder && id == holder
				for what, thing := range map[string]authz.Resource{
					"owner":      {Project: holder, Owner: id},
					"project":    {Project: id, Owner: user},
					"collection": {Project: holder, Collection: id, Visibility: authz.Private},
				} {
					name := "job:read"
					if what == "collection" {
						name = "file:read"
					}
					if got := p.Check(person(user), name, thing, 0).Allowed; got != sameBytes {
						t.Errorf("%q holds it; %q on %s %q: %v", holder, user, what, id, got)
					}
				}
			}
		}
	}
}

func TestNobodyOwnsWhatHasNoOwner(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"))
	wantAnswers(t, p,
		asked{who: person("dan"), what: "job:cancel", on: jobOf("dan"), want: "yes R12"},
		asked{who: person("dan"), what: "job:cancel", on: jobOf(""), want: "no R14"},
		asked{who: person(""), what: "job:cancel", on: jobOf(""), want: "no R1"},
		asked{what: "job:cancel", on: jobOf(""), want: "no R14"},
	)
}
