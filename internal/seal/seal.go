// Package seal keeps secrets that must be read again: sealed with a key that
// is not in the database.
//
// Its one invariant: what is sealed for one place opens in that place only,
// and only with the key that sealed it, which it names.
//
//	ring, err := seal.Parse(text)                 // or seal.New()
//	sealed, err := ring.Seal("hunter22", "job_01… token")
//	plain, err := ring.Open(sealed, "job_01… token")
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
)

// keyBytes is how long a key is: AES-256.
const keyBytes = 32

// key is one key and the name that it goes by.
type key struct {
	id     string
	secret []byte
	aead   cipher.AEAD
}

// Ring is some keys: the first one seals, all of them open.
type Ring struct{ keys []key }

// New is a ring with a fresh key.
func New() *Ring {
	secret := make([]byte, keyBytes)
	rand.Read(secret) // never fails
	k, err := newKey(secret)
	if err != nil {
		panic(err) // a key of 32 bytes is one
	}
	return &Ring{[]key{k}}
}

// Parse reads a ring: a key per line, 32 bytes in base64; empty lines and those
// that begin with # do not count.
func Parse(text string) (*Ring, error) {
	r := &Ring{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		secret, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(secret) != keyBytes {
			return nil, remit.Errorf(remit.Invalid, "a key for secrets is %d bytes in base64, one per line", keyBytes).
				WithHint("Make one with `head -c 32 /dev/urandom | base64`.")
		}
		k, err := newKey(secret)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, k)
	}
	if len(r.keys) == 0 {
		return nil, remit.Errorf(remit.Invalid, "there is no key for secrets").WithHint("Make one with `head -c 32 /dev/urandom | base64`.")
	}
	return r, nil
}

// newKey names a key by its hash, which tells nothing of it.
func newKey(secret []byte) (key, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, fmt.Errorf("reading a key for secrets: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	sum := sha256.Sum256(append([]byte("remit secrets key "), secret...))
	return key{hex.EncodeToString(sum[:6]), secret, aead}, err
}

// Text is the ring as Parse reads it.
func (r *Ring) Text() string {
	var b strings.Builder
	b.WriteString("# Opens the secret parameters of jobs. The first key seals, all of them open.\n")
	for _, k := range r.keys {
		b.WriteString(base64.StdEncoding.EncodeToString(k.secret) + "\n")
	}
	return b.String()
}

// KeyID is the name of the key that seals.
func (r *Ring) KeyID() string { return r.keys[0].id }

// Has says whether the ring has the key of this name.
func (r *Ring) Has(id string) bool {
	_, ok := r.find(id)
	return ok
}

func (r *Ring) find(id string) (key, bool) {
	for _, k := range r.keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// Seal hides a text for a place. The same text is never sealed alike.
func (r *Ring) Seal(plain, place string) string {
	k := r.keys[0]
	return k.id + "." + base64.StdEncoding.EncodeToString(k.aead.Seal(nil, nil, []byte(plain), []byte(place)))
}

// Open is the text that was sealed for the place. A key that the ring does not
// have, and a text that was changed, is remit.Unavailable.
func (r *Ring) Open(sealed, place string) (string, error) {
	id, text, _ := strings.Cut(sealed, ".")
	k, ok := r.find(id)
	if !ok {
		return "", remit.Errorf(remit.Unavailable, "a secret was sealed with the key %.20q, which is not here", id)
	}
	hidden, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		var plain []byte
		if plain, err = k.aead.Open(nil, nil, hidden, []byte(place)); err == nil {
			return string(plain), nil
		}
	}
	return "", remit.Errorf(remit.Unavailable, "a secret was changed since it was sealed, or belongs elsewhere")
}

// KeyOf is the name of the key that sealed a text.
func KeyOf(sealed string) string {
	id, _, _ := strings.Cut(sealed, ".")
	return id
}
