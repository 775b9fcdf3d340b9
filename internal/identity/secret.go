package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
)

// What secrets begin with, so that people and leak scanners know them.
const (
	KeyPrefix     = "remit_"
	SessionPrefix = "remit_session_"
	NodePrefix    = "remit_node_"
)

const (
	randomBytes    = 20 // 160 bits: nobody guesses one, so a fast hash is enough to store it
	randomLength   = 32 // their length as text
	checksumLength = 8
)

var secretAlphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewSecret makes a secret, PREFIX + 32 random characters + "_" + checksum,
// and the hash to store in its place.
func NewSecret(prefix string) (secret, hash string) {
	var b [randomBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	body := prefix + secretAlphabet.EncodeToString(b[:])
	secret = body + "_" + checksum(body)
	return secret, Hash(secret)
}

// Hash is what is stored of a secret: its SHA-256 in hex.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// ValidSecret says whether s has the shape of a secret with this prefix and
// its checksum is right. It spares the database what is mistyped, and says
// nothing about whether the secret exists.
func ValidSecret(prefix, s string) bool {
	body, sum := s[:max(len(s)-checksumLength-1, 0)], s[max(len(s)-checksumLength, 0):]
	random, ok := strings.CutPrefix(body, prefix)
	return ok && len(random) == randomLength && s == body+"_"+sum && sum == checksum(body)
}

func checksum(body string) string {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body)))
}
