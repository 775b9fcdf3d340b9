package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// NewKey is what an API key is made of.
type NewKey struct {
	Title     string
	Scopes    []string          // permission patterns; nil = ["*"], everything that the account may do; an empty list is refused
	Projects  []remit.ProjectID // nil = all; with any, the key reaches nothing of the site itself (R5)
	ExpiresAt *time.Time        // nil = never
}

// CreateKey makes a key of the asker's own account. The answer is the only
// one that has its Secret. A key makes only keys within its own caps, ending
// no later than itself: Denied (R24). A pattern that no permission can match
// is Invalid, and so is an end that has passed.
//
// Here and in Keys, APIKey.Projects holds the projects' ids: slugs are known
// to the edges only.
func (s *Service) CreateKey(ctx context.Context, who authz.Subject, n NewKey) (remit.APIKey, error) {
	n, err := n.complete()
	if err != nil {
		return remit.APIKey{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.APIKey]{
		Name:  "key.create",
		On:    func(*gate.Tx) (authz.Resource, error) { return ownKey(who), nil },
		Apply: func(tx *gate.Tx) (remit.APIKey, error) { return createKey(tx, n) },
	})
}

// ownKey is a key that does not exist yet: creating asks for one's own.
func ownKey(who authz.Subject) authz.Resource {
	if who.Kind != authz.Person {
		return authz.Resource{}
	}
	return authz.Resource{Owner: who.ID}
}

// complete checks what depends on nothing stored, and fills in what is left out.
func (n NewKey) complete() (NewKey, error) {
	if strings.TrimSpace(n.Title) == "" {
		return n, remit.Errorf(remit.Invalid, "The key needs a title: say what it is for").WithField("title")
	}
	if n.Scopes != nil && len(n.Scopes) == 0 {
		return n, remit.Errorf(remit.Invalid, "The list of scopes is empty, so the key could do nothing").WithField("scopes").
			WithHint("Leave scopes out for a key that may do everything you may.")
	}
	if n.Scopes == nil {
		n.Scopes = []string{"*"}
	}
	if n.Projects != nil && len(n.Projects) == 0 {
		return n, remit.Errorf(remit.Invalid, "The list of projects is empty, so the key could do nothing").WithField("projects").
			WithHint("Leave projects out for a key that reaches all that you reach.")
	}
	if n.Projects == nil {
		n.Projects = []remit.ProjectID{} // [] in the database
	}
	if n.ExpiresAt != nil {
		end := stored(*n.ExpiresAt)
		n.ExpiresAt = &end
	}
	return n, checkText("title", n.Title)
}

func createKey(tx *gate.Tx, n NewKey) (remit.APIKey, error) {
	who := tx.Who()
	if who.Kind != authz.Person {
		return remit.APIKey{}, remit.Errorf(remit.Invalid, "API keys belong to accounts").WithHint("Ask as the account that the key is for.")
	}
	if err := checkNewKey(tx, n); err != nil {
		return remit.APIKey{}, err
	}
	secret, hash := NewSecret(KeyPrefix)
	k := keyRow{key: remit.APIKey{ID: remit.NewID[remit.KeyID](tx.Now()), Title: n.Title, Scopes: n.Scopes, Hint: hintOf(secret),
		CreatedAt: stored(tx.Now()), ExpiresAt: n.ExpiresAt}, projects: n.Projects}
	k.owner = account{id: remit.UserID(who.ID), name: who.Name}
	_, err := tx.Exec(insertKey, k.key.ID, hash, who.ID, n.Title, db.JSON(n.Scopes), db.JSON(n.Projects), k.key.Hint,
		db.Micros(k.key.CreatedAt), db.MicrosPtr(n.ExpiresAt))
	if err != nil {
		return remit.APIKey{}, fmt.Errorf("making an API key: %w", err)
	}
	tx.About(string(k.key.ID))
	tx.Note("API key %q made, for %s", n.Title, strings.Join(n.Scopes, ", "))
	made := k.shown(&tx.Reader)
	made.Secret = secret
	return made, nil
}

// hintOf tells a person's keys apart without telling the key.
func hintOf(secret string) string { return secret[len(secret)-4:] }

// Keys lists the keys that the asker may see and that are not revoked, oldest first.
func (s *Service) Keys(ctx context.Context, who authz.Subject) (remit.Page[remit.APIKey], error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.APIKey]]{Name: "key.list", Read: s.listKeys})
}

func (s *Service) listKeys(r *gate.Reader) (remit.Page[remit.APIKey], error) {
	page := remit.Page[remit.APIKey]{Items: []remit.APIKey{}, Permissions: verbs(r, ownKey(r.Who()), "key.create")}
	condition, args := gate.Where(r.Scope("key.list"), gate.Columns{Owner: "k.user_id"}, 1)
	rows, err := db.Rows(r, scanKey, fmt.Sprintf(selectKeys, condition), args...)
	if err != nil {
		return page, fmt.Errorf("listing API keys: %w", err)
	}
	for _, row := range rows {
		row.key.LastUsedAt = s.uses.of(row.key.ID, row.key.LastUsedAt)
		page.Items = append(page.Items, row.shown(r))
	}
	return page, nil
}

// DeleteKey revokes a key: it stays for the audit log and opens nothing from
// now on. A key that is revoked already is NotFound.
func (s *Service) DeleteKey(ctx context.Context, who authz.Subject, id remit.KeyID) error {
	var key keyRow
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "key.delete",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			key, err = locateKey(tx, id)
			return key.resource(), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) {
			tx.Changed(gate.Keys)
			tx.Note("API key %q of %s revoked", key.key.Title, key.owner.name)
			_, err := tx.Exec(revokeKey, id, db.Micros(tx.Now()))
			return struct{}{}, err
		},
	})
	return err
}

func locateKey(r db.Reader, id remit.KeyID) (keyRow, error) {
	if !remit.IsID[remit.KeyID](string(id)) {
		return keyRow{}, gate.NotFound("keys")
	}
	k, err := db.One(r, scanKey, selectKeyByID, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && k.revokedAt != nil {
		return keyRow{}, gate.NotFound("keys")
	}
	if err != nil {
		return keyRow{}, fmt.Errorf("finding API key %s: %w", id, err)
	}
	return k, nil
}
