package projects

import (
	"context"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Declare adds permissions to the catalogue: a job type's run rights, a
// blueprint's families. What is there with the same meaning stays, whatever
// its title; another meaning is a remit.Conflict, and one that cannot be (an
// unknown requirement, a name not of the form thing:verb) remit.Invalid.
//
// Call it only in an operation whose row says ChangesPolicy. The policy of the
// running transaction does not know them yet. What it adds it says to the gate;
// an operation that changes no more of the policy says gate.Nothing afterwards.
func Declare(tx *gate.Tx, permissions ...authz.Permission) error {
	declared, err := db.Rows(tx, scanDeclared, selectDeclared)
	if err != nil {
		return err
	}
	core, err := fixed(tx)
	if err != nil {
		return err
	}
	all := append(core, declared...)
	for _, p := range permissions {
		known, err := isKnown(all, p)
		if err != nil {
			return err
		}
		if !known {
			all = append(all, p)
			if err := storeDeclared(tx, p); err != nil {
				return err
			}
		}
	}
	if _, err := authz.Compile(authz.Source{Catalog: authz.Catalog{Permissions: all}}); err != nil {
		return remit.Errorf(remit.Invalid, "The catalogue cannot have that: %w", err)
	}
	return nil
}

// DeclarePermissions is Declare as an operation of its own, for names that no
// job type brings. It does nothing, and asks nothing, for no names.
func (s *Service) DeclarePermissions(ctx context.Context, who authz.Subject, permissions ...authz.Permission) error {
	if len(permissions) == 0 {
		return nil
	}
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "permission.declare",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			tx.Note("declared %s and %d more", permissions[0].Name, len(permissions)-1)
			err := Declare(tx, permissions...)
			tx.Changed(gate.Nothing) // but what was added
			return struct{}{}, err
		},
	})
	return err
}

// Permissions lists the catalogue, declared permissions last.
// It is no secret: everybody may read it.
func (s *Service) Permissions(ctx context.Context, who authz.Subject) ([]authz.Permission, error) {
	return gate.View(ctx, s.gate, who, gate.Query[[]authz.Permission]{
		Name: "permission.list",
		Read: func(r *gate.Reader) ([]authz.Permission, error) {
			core, err := fixed(r)
			if err != nil {
				return nil, err
			}
			declared, err := db.Rows(r, scanDeclared, selectDeclared)
			return append(core, declared...), err
		},
	})
}

func isKnown(all []authz.Permission, p authz.Permission) (bool, error) {
	i := slices.IndexFunc(all, func(q authz.Permission) bool { return q.Name == p.Name })
	if i < 0 {
		return false, nil
	}
	if !sameMeaning(all[i], p) {
		return true, remit.Errorf(remit.Conflict, "There is already a permission %s that means something else", p.Name)
	}
	return true, nil
}

func sameMeaning(a, b authz.Permission) bool {
	return a.Level == b.Level && a.Selectors == b.Selectors && a.PublicOK == b.PublicOK && a.Reserved == b.Reserved && a.Never == b.Never &&
		a.Private == b.Private && slices.Equal(sortedSet(a.Requires), sortedSet(b.Requires))
}

func storeDeclared(tx *gate.Tx, p authz.Permission) error {
	if p.Never {
		return remit.Errorf(remit.Invalid, "%s: what nobody may ever do is for the program to say, not to be declared", p.Name)
	}
	tx.Changed(gate.Catalog)
	_, err := tx.Exec(insertDeclared, p.Name, p.Title, p.Level == authz.OnSite, p.Selectors, db.JSON(sortedSet(p.Requires)), p.PublicOK, p.Reserved, p.Private)
	return err
}
