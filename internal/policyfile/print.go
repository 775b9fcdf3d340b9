package policyfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// YAML is the document as text: one that Parse reads as the same document.
// The order of things is that of the document; nothing of it hangs on chance.
func (d *Document) YAML() string {
	var p printer
	if d.Permissions != nil {
		p.section("permissions", len(d.Permissions))
		for _, one := range d.Permissions {
			p.item("  ", permissionPairs(one))
		}
	}
	if d.Roles != nil {
		p.section("roles", len(d.Roles))
		for _, one := range d.Roles {
			p.role(one)
		}
	}
	if d.Teams != nil {
		p.section("teams", len(d.Teams))
		for _, one := range d.Teams {
			p.item("  ", pairs{{"name", one.Name.Text}, {"title", one.Title}, {"users", one.Users}})
		}
	}
	p.site(d.Site)
	if d.Projects != nil {
		p.mapping("projects", len(d.Projects))
		for _, one := range d.Projects {
			p.access("  "+scalar(one.Slug.Text), "    ", one)
		}
	}
	return p.String()
}

// printer writes YAML.
type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.Builder, format+"\n", args...) }

func (p *printer) section(name string, n int) {
	if n == 0 {
		p.line("%s: []", name)
		return
	}
	p.line("%s:", name)
}

func (p *printer) mapping(name string, n int) {
	if n == 0 {
		p.line("%s: {}", name)
		return
	}
	p.line("%s:", name)
}

// pairs are the keys of one line. What is empty is left out, but not a list
// that is there.
type pairs []struct {
	key   string
	value any
}

func (p *printer) item(indent string, all pairs) {
	var words []string
	for _, one := range all {
		if text := value(one.value); text != "" {
			words = append(words, one.key+": "+text)
		}
	}
	p.line("%s- {%s}", indent, strings.Join(words, ", "))
}

func value(v any) string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return scalar(v)
		}
	case *string:
		if v != nil && *v != "" {
			return scalar(*v)
		}
	case bool:
		if v {
			return "true"
		}
	case *time.Time:
		if v != nil {
			return v.UTC().Format(time.RFC3339Nano)
		}
	case []Name:
		if v != nil {
			return flow(v)
		}
	}
	return ""
}

func flow(names []Name) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = scalar(n.Text)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

func permissionPairs(one Permission) pairs {
	e := one.Entry
	return pairs{{"name", e.Name}, {"title", e.Title}, {"site", e.Level == authz.OnSite}, {"selectors", e.Selectors},
		{"requires", one.Requires}, {"public_ok", e.PublicOK}, {"reserved", e.Reserved}, {"private", e.Private}}
}

func (p *printer) role(one Role) {
	p.line("  - name: %s", scalar(one.Name.Text))
	for _, pair := range (pairs{{"title", one.Title}, {"description", one.Description}, {"site", one.Site}}) {
		if text := value(pair.value); text != "" {
			p.line("    %s: %s", pair.key, text)
		}
	}
	switch {
	case one.Allow == nil:
	case len(one.Allow) < 4:
		p.line("    allow: %s", flow(one.Allow))
	default:
		p.line("    allow:")
		for _, n := range one.Allow {
			p.line("      - %s", scalar(n.Text))
		}
	}
}

func (p *printer) site(a *Access) {
	if a != nil {
		p.access("site", "  ", *a)
	}
}

func (p *printer) access(head, indent string, a Access) {
	var body printer
	for _, one := range []struct {
		key   string
		names []Name
	}{{"public", a.Public}, {"reserved", a.Reserved}, {"opened", a.Opened}} {
		if one.names != nil {
			body.line("%s%s: %s", indent, one.key, flow(one.names))
		}
	}
	if a.Overrides != nil {
		body.section(indent+"overrides", len(a.Overrides))
		for _, o := range a.Overrides {
			body.item(indent+"  ", pairs{{"role", o.Role.Text}, {"permission", o.Permission.Text}, {"effect", o.Effect}})
		}
	}
	if a.Members != nil {
		body.section(indent+"members", len(a.Members))
		for _, m := range a.Members {
			body.item(indent+"  ", pairs{{"user", m.User.Text}, {"team", m.Team.Text}, {"roles", m.Roles}, {"collection", string(m.Collection)},
				{"from", m.From}, {"until", m.Until}, {"why", m.Why}})
		}
	}
	if a.Entries != nil {
		body.section(indent+"entries", len(a.Entries))
		for _, e := range a.Entries {
			body.item(indent+"  ", pairs{{"user", e.User.Text}, {"permission", e.Permission.Text}, {"effect", e.Effect}, {"collection", string(e.Collection)},
				{"from", e.From}, {"until", e.Until}, {"why", e.Why}})
		}
	}
	if body.Len() == 0 {
		p.line("%s: {}", head)
		return
	}
	p.line("%s:", head)
	p.WriteString(body.String())
}

var (
	plainWords = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*$`)
	meantElse  = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
)

// scalar is a text as YAML has it, in quotes unless no reader could take it
// for anything else.
func scalar(text string) string {
	if plainWords.MatchString(text) && !slices.Contains(meantElse, strings.ToLower(text)) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r == '\u2028' || r == '\u2029' || r == '\ufeff':
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
