package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// maxNamed bounds what every request with the key looks through.
const maxNamed = 100

// checkNewKey asks all that needs the transaction: the end, the patterns, the
// projects, and that nothing exceeds the key that asks.
func checkNewKey(tx *gate.Tx, n NewKey) error {
	if n.ExpiresAt != nil && !tx.Now().Before(*n.ExpiresAt) {
		return remit.Errorf(remit.Invalid, "The key would have expired already").WithField("expires_at")
	}
	if len(n.Scopes) > maxNamed || len(n.Projects) > maxNamed {
		return remit.Errorf(remit.Invalid, "A key names at most %d scopes and %d projects", maxNamed, maxNamed).WithField("scopes")
	}
	for i, scope := range n.Scopes {
		if err := tx.Policy().Fault(scope); err != nil {
			return remit.Errorf(remit.Invalid, "No key can have the scope %q: %w", scope, err).WithField(fmt.Sprintf("scopes[%d]", i)).
				WithHint("Scopes are like job:read, job:read@own, job:*, job:run.* and *.")
		}
	}
	if err := firstOf(withinCaps(tx.Who().Caps, n), withinLife(tx, n)); err != nil {
		return err
	}
	for _, project := range n.Projects {
		if !tx.Holds(authz.ProjectView, authz.Resource{Project: string(project)}).Allowed {
			return gate.NotFound("projects")
		}
	}
	return nil
}

// withinCaps: a key makes only keys within its caps (R24). Their projects are
// not asked: a key that is limited to projects makes none at all (R5).
func withinCaps(caps *authz.Caps, n NewKey) error {
	if caps == nil {
		return nil
	}
	for _, scope := range n.Scopes {
		if !slices.ContainsFunc(caps.Scopes, func(held string) bool { return contains(held, scope) }) {
			return beyond(scope, "This API key makes only keys within its own scopes, which do not cover %s.", scope).WithCode("key_scope")
		}
	}
	return nil
}

// contains says whether everything that inner matches, outer matches too. A
// pattern is matched by a wider one as a name is.
func contains(outer, inner string) bool {
	outerBase, outerSelector, _ := strings.Cut(outer, "@")
	innerBase, innerSelector, _ := strings.Cut(inner, "@")
	return authz.Match(outerBase, innerBase) && (outerSelector == "" || outerSelector == innerSelector)
}

// withinLife: what ends makes nothing that lasts longer (R24).
func withinLife(tx *gate.Tx, n NewKey) error {
	asker := tx.Who().Key
	if asker == "" {
		return nil
	}
	k, err := db.One(tx, scanKey, selectKeyByID, asker)
	if errors.Is(err, db.ErrNoRows) || err == nil && k.deadAt(tx.Now()) != "" {
		return gate.InvalidKey()
	}
	if err != nil {
		return fmt.Errorf("reading the key that asks: %w", err)
	}
	ends := k.ends(tx.Now())
	if ends != nil && (n.ExpiresAt == nil || n.ExpiresAt.After(*ends)) {
		return beyond("key:create", "This API key makes only keys that end by %s, as it does itself, or its secret before.", ends.Format(time.RFC3339)).WithCode("key_scope")
	}
	return nil
}
