package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

const (
	minPassword = 12   // characters
	maxPassword = 1024 // bytes
	minDistinct = 5    // different characters
	minOwn      = 4    // letters that are neither of the name nor of a word that everybody tries
)

// tried are what guessing programs try first, and what people put a year or an
// exclamation mark behind.
var tried = []string{
	"qwertyuiop", "qwertzuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm", "1qaz2wsx", "qwerty", "qwertz", "azerty", "asdfgh", "qazwsx",
	"administrator", "administrador", "passwort", "password", "passw0rd", "passwd", "motdepasse", "contrasena", "kennwort", "parola", "senha",
	"changeme", "letmein", "welcome", "willkommen", "iloveyou", "ichliebedich", "trustno1", "football", "baseball", "superman", "batman",
	"princess", "sunshine", "starwars", "whatever", "michael", "jordan", "monkey", "dragon", "shadow", "master", "secret", "geheim",
	"default", "temporary", "testing", "admin", "login", "guest", "test", "hello", "remit", "root", "user", "pass", "love",
}

// digits that stand for letters
var plain = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// checkPassword says why a password is none for the account called name; ""
// is one that is not known yet.
func checkPassword(password, name string) error {
	switch {
	case !utf8.ValidString(password):
		return badPassword("The password is not text")
	case utf8.RuneCountInString(password) < minPassword:
		return badPassword("The password is too short: it needs %d characters or more", minPassword)
	case len(password) > maxPassword:
		return badPassword("The password is too long: %d bytes are enough", maxPassword)
	case distinct(password) < minDistinct, isRun(password):
		return badPassword("The password is the same few characters, or a row of them")
	case isTried(password, name):
		return badPassword("The password is among the first that anybody would try: the name, or a common word with little else")
	}
	return nil
}

func badPassword(format string, args ...any) error {
	return remit.Errorf(remit.Invalid, format, args...).WithField("password").WithHint("Four words that have nothing to do with each other are long and easy to keep.")
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range strings.ToLower(text) {
		seen[r] = true
	}
	return len(seen)
}

// isRun: three of four characters follow from the one before, as in 12345678.
func isRun(text string) bool {
	letters := []rune(strings.ToLower(text))
	steps := 0
	for i := 1; i < len(letters); i++ {
		if d := letters[i] - letters[i-1]; d >= -1 && d <= 1 {
			steps++
		}
	}
	return 4*steps >= 3*(len(letters)-1)
}

// isTried takes the name and the common words away, and looks at what is left.
func isTried(password, name string) bool {
	lower := strings.ToLower(password)
	return isOnly(lower, name) || isOnly(plain.Replace(lower), name)
}

func isOnly(text, name string) bool {
	left := text
	for _, word := range append([]string{name}, tried...) {
		if len(word) > 2 {
			left = strings.ReplaceAll(left, word, " ")
		}
	}
	return left != text && len(strings.FieldsFunc(left, func(r rune) bool { return !unicode.IsLetter(r) })) <= 1 && lettersIn(left) < minOwn
}

func lettersIn(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
