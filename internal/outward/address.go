// Package outward speaks to what lies outside: web addresses that people name,
// and the mail server of the installation.
//
// Its one invariant: a web address that somebody names is never reached inside:
// where a connection goes is looked at when it is opened, after the name was
// resolved, and no answer leads anywhere else.
//
//	web := outward.NewWeb(outward.WebOptions{Agent: "Remit/1"})
//	status, err := web.Post(ctx, "https://chat.example.org/hooks/1", header, body)
//	err = outward.Mailer{Host: "mail.example.org", From: "remit@example.org"}.Send(ctx, letter)
package outward

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

// inside are the addresses of IANA's registries of special purposes that do not
// lie in the open internet, and one that a cloud uses for its own machines.
var inside = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// open6 is all of IPv6 that is given out for the open internet.
var open6 = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// reachable says whether an address lies outside, or in a network that the
// installation allows. An IPv4 address may be written as IPv6.
func reachable(a netip.Addr, allowed []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(allowed, within) {
		return true
	}
	return a.IsValid() && (a.Is4() || open6.Contains(a)) && !slices.ContainsFunc(inside, within)
}

// Networks reads a list of networks like 10.0.0.0/8; a single address is one too.
func Networks(texts []string) (all []netip.Prefix, err error) {
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if a, one := netip.ParseAddr(text); one == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, remit.Errorf(remit.Invalid, "%.80q is no network", text).WithHint("Write it like 10.0.0.0/8, 192.168.1.5 or fd00::/8.")
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// maxURL bounds a web address, in bytes.
const maxURL = 2000

// CheckURL refuses what is no web address for a POST, and one that says itself
// that it lies inside. A name is resolved only when it is used.
func (w *Web) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case len(text) > maxURL:
		return badURL("This web address has %d bytes; %d are allowed", len(text), maxURL)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || !plain(text):
		return badURL("This is no web address").WithHint("It begins with https:// and a host name, and has no spaces.")
	case u.Port() != "" && !isPort(u.Port()):
		return badURL("There is no port %.20s", u.Port()).WithHint("Ports go from 1 to 65535.")
	case u.User != nil:
		return badURL("A web address here holds no user name and no password").WithHint("Receivers check the signature instead.")
	case u.Fragment != "":
		return badURL("A web address here has no fragment (#…)")
	}
	a, err := netip.ParseAddr(u.Hostname())
	if err == nil && !reachable(a, w.allow) {
		return badURL("The address %s does not lie outside", a).WithHint("An administrator can allow a network in the configuration: [webhooks] allow.")
	}
	return nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// plain says whether a text has neither spaces nor control characters.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

func badURL(format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField("url")
}
