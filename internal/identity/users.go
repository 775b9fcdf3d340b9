package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// NewUser is what an account is made of.
type NewUser struct {
	Name      string // 1 to 63 of a-z, 0-9, ".", "_", "-"; unique for ever
	FullName  string
	Email     string
	Password  string // 12 characters or more, and no common one
	Superuser bool   // only superusers and the program itself may say so
}

// UserPatch is what changes of an account; nil stays as it is.
type UserPatch struct {
	FullName, Email *string
	Disabled        *bool // true ends the account's sessions, and its keys stop working
}

// Create makes an account. A name that is taken is Conflict.
func (s *Service) Create(ctx context.Context, who authz.Subject, n NewUser) (remit.User, error) {
	if err := n.check(); err != nil {
		return remit.User{}, err
	}
	hash, err := s.hashFor(ctx, who, "user.create", n.Password)
	if err != nil {
		return remit.User{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.User]{
		Name:  "user.create",
		Apply: func(tx *gate.Tx) (remit.User, error) { return create(tx, n, hash) },
	})
}

func (n NewUser) check() error {
	return firstOf(checkName(n.Name), checkText("full_name", n.FullName), checkEmail(n.Email), checkPassword(n.Password, n.Name))
}

func create(tx *gate.Tx, n NewUser, hash string) (remit.User, error) {
	if hash == "" {
		return remit.User{}, rightsChanged()
	}
	if n.Superuser {
		if err := requireSuperuser(&tx.Reader, "user:create", "Only superusers make superusers"); err != nil {
			return remit.User{}, err
		}
	}
	return insert(tx, n, hash)
}

// insert stores an account; "" is the hash of one without a password.
func insert(tx *gate.Tx, n NewUser, hash string) (remit.User, error) {
	u := remit.User{ID: remit.NewID[remit.UserID](tx.Now()), Name: n.Name, FullName: n.FullName, Email: n.Email,
		Superuser: n.Superuser, CreatedAt: stored(tx.Now())}
	_, err := tx.Exec(insertUser, u.ID, u.Name, u.FullName, u.Email, hash, u.Superuser, db.Micros(u.CreatedAt))
	if db.IsUnique(err) {
		return remit.User{}, nameTaken(n.Name)
	}
	if err != nil {
		return remit.User{}, fmt.Errorf("making account %s: %w", n.Name, err)
	}
	tx.Changed(gate.Users)
	tx.About(string(u.ID))
	tx.Note("account %s made%s", u.Name, asSuperuser(u))
	return withActions(&tx.Reader, u), nil
}

func asSuperuser(u remit.User) string {
	if u.Superuser {
		return ", a superuser"
	}
	return ""
}

// Users lists the accounts that the asker may see, oldest first.
func (s *Service) Users(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.User], error) {
	limit, err := remit.Limit(limit)
	if err == nil && after != "" && !remit.IsID[remit.UserID](after) {
		err = remit.Errorf(remit.Invalid, "%q is not where a page ended", after).WithField("after")
	}
	if err != nil {
		return remit.Page[remit.User]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.User]]{
		Name: "user.list",
		Read: func(r *gate.Reader) (remit.Page[remit.User], error) { return listUsers(r, limit, after) },
	})
}

func listUsers(r *gate.Reader, limit int, after string) (remit.Page[remit.User], error) {
	page := remit.Page[remit.User]{Permissions: verbs(r, authz.Resource{}, "user.create")}
	condition, args := gate.Where(r.Scope("user.list"), gate.Columns{Owner: "id"}, 3)
	users, err := db.Rows(r, scanUser, fmt.Sprintf(selectUsers, condition), append([]any{after, limit + 1}, args...)...)
	if err != nil {
		return page, fmt.Errorf("listing accounts: %w", err)
	}
	if len(users) > limit {
		users = users[:limit]
		page.Next = string(users[limit-1].ID)
	}
	for i := range users {
		users[i] = withActions(r, users[i])
	}
	page.Items = users
	return page, nil
}

// User returns one account by name. One that the asker may not see is
// NotFound, like one that is not there.
func (s *Service) User(ctx context.Context, who authz.Subject, name string) (remit.User, error) {
	var user remit.User
	return gate.View(ctx, s.gate, who, gate.Query[remit.User]{
		Name: "user.read",
		On:   func(r *gate.Reader) (authz.Resource, error) { return locateUser(r, name, &user) },
		Read: func(r *gate.Reader) (remit.User, error) {
			if user.ID == "" {
				return user, gate.NotFound("users")
			}
			return withActions(r, user), nil
		},
	})
}

// Self returns the account that asks, also to a key whose scopes do not cover
// reading it: who one is, is no secret. For what is no account it is NotFound.
func (s *Service) Self(ctx context.Context, who authz.Subject) (remit.User, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.User]{
		Name: "me.read",
		Read: func(r *gate.Reader) (remit.User, error) {
			if who.Kind != authz.Person {
				return remit.User{}, gate.NotFound("users")
			}
			u, err := db.One(r, scanUser, selectUserByID, who.ID)
			if err != nil {
				return u, fmt.Errorf("finding who asks: %w", err)
			}
			return withActions(r, u), nil
		},
	})
}

// locateUser reads the account into user. One that is not there stays zero
// and is asked about like a stranger's: names can be guessed, so no refusal
// may depend on whether there is such an account.
func locateUser(r db.Reader, name string, user *remit.User) (authz.Resource, error) {
	if !validName(name) {
		return authz.Resource{}, nil
	}
	found, err := db.One(r, scanUser, selectUserByName, name)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return authz.Resource{}, fmt.Errorf("finding account %s: %w", name, err)
	}
	*user = found
	return ofUser(found.ID), nil
}

// ofUser is an account as the permission engine sees it: everybody's own
// account is theirs.
func ofUser(id remit.UserID) authz.Resource {
	return authz.Resource{Owner: string(id), Thing: string(id)}
}

func withActions(r *gate.Reader, u remit.User) remit.User {
	u.Permissions = verbs(r, ofUser(u.ID), "user.read", "user.update")
	if u.DeletedAt != nil {
		return u
	}
	if r.Can("user.password", ofUser(u.ID)).Allowed {
		u.Permissions = append(u.Permissions, "password")
	}
	u.Permissions = append(u.Permissions, verbs(r, ofUser(u.ID), "user.delete")...)
	return u
}

// verbs is Actions for JSON: [] and never null.
func verbs(r *gate.Reader, on authz.Resource, operations ...string) []string {
	return append([]string{}, r.Actions(on, operations...)...)
}

func scanUser(s db.Scanner, u *remit.User) error {
	return s.Scan(&u.ID, &u.Name, &u.FullName, &u.Email, &u.Superuser, &u.Disabled, db.Time(&u.CreatedAt), db.TimePtr(&u.DeletedAt))
}
