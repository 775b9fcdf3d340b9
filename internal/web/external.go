package web

import "net/url"

// OwnPath is next when it is an address of this site, else "/".
func OwnPath(next string) string { return ownPath(next) }

// externalProblems say why a sign-in by the identity provider led back to the
// login, by the code in its address.
var externalProblems = map[string]string{
	"oidc":            "The sign-in was not completed. Try again.",
	"no_account":      "There is no account for you here, or it is disabled. Ask an administrator.",
	"conflict":        "There is another account of your name here already. Ask an administrator.",
	"bad_name":        "Your name there cannot be the name of an account here. Ask an administrator.",
	"too_many_logins": "Too many attempts to sign in. Try again later.",
}

func externalProblem(code string) string {
	if text, known := externalProblems[code]; known || code == "" {
		return text
	}
	return externalProblems["oidc"]
}

// externalPath is where a sign-in by the identity provider begins.
func externalPath(next string) string { return "/auth/oidc/start?next=" + url.QueryEscape(next) }
