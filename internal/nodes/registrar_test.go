package nodes_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/nodes"
)

// What a key makes lasts no longer than the key does; a credential has no end.
func TestAKeyThatEndsRegistersNoNode(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:create@own", "key:read@own"}}))
		w.must(w.projects.PutRole(t.Context(), setup, remit.Role{Name: "smith", Allow: []string{"project:view", "node:read", "node:register"}}))
		carl := w.person("carl", "smith")
		soon := w.now().Add(time.Hour)
		for end, code := range map[*time.Time]string{&soon: "key_scope", nil: ""} {
			key, err := w.people.CreateKey(t.Context(), carl, identity.NewKey{Title: "smithy", ExpiresAt: end})
			w.must(err)
			who, err := w.people.AuthenticateKey(t.Context(), key.Secret)
			w.must(err)
			node, err := w.Register(t.Context(), who, nodes.NewNode{Name: "by-" + string(key.ID)[4:12] + "x", Project: "moths"})
			w.want(err, code)
			if code == "" && node.RegisteredBy != "carl" {
				t.Errorf("registered by %q, want carl", node.RegisteredBy)
			}
		}
	})
}
