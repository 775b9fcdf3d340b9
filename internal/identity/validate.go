package identity

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

const maxText = 200 // bytes of a full name, a title, an address

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// reservedName stands for whoever asks, in filters.
const reservedName = "me"

func validName(name string) bool { return nameForm.MatchString(name) && name != reservedName }

func checkName(name string) error {
	if name == reservedName {
		return remit.Errorf(remit.Invalid, "The name %q is taken: it stands for whoever asks", name).WithField("name")
	}
	if !validName(name) {
		return remit.Errorf(remit.Invalid, "%q cannot be the name of an account", name).WithField("name").
			WithHint("Use 1 to 63 lower-case letters, digits, “.”, “_” and “-”; begin with a letter or digit.")
	}
	return nil
}

func checkEmail(email string) error {
	if email == "" {
		return nil
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email {
		return remit.Errorf(remit.Invalid, "%q is not an e-mail address", email).WithField("email")
	}
	return checkText("email", email)
}

// checkText refuses what PostgreSQL would, and what would break a line of output.
func checkText(field, text string) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return remit.Errorf(remit.Invalid, "%s must be one line of text", field).WithField(field)
	case len(text) > maxText:
		return remit.Errorf(remit.Invalid, "%s is too long: %d bytes are enough", field, maxText).WithField(field)
	}
	return nil
}

// firstOf returns the first error of several checks.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
