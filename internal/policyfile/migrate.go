package policyfile

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Migration is one pattern that a migration writes anew, or would.
type Migration struct {
	Where string   // "role reader", "override of role reader in moths", "p.yaml:3:5"
	Was   string   // as it is written
	Is    []string // what stands in its place; none = it is dropped
	Why   string   // why it is dropped, or left as it is
	Left  bool     // it means nothing, and is left as it is
}

// String is the migration as a line of a report.
func (m Migration) String() string {
	switch {
	case m.Left:
		return m.Where + ": " + m.Was + " is left: " + m.Why
	case len(m.Is) == 0:
		return m.Where + ": " + m.Was + " is dropped: " + m.Why
	}
	return m.Where + ": " + m.Was + " → " + strings.Join(m.Is, ", ")
}

// migrating writes old names anew, and drops what means nothing if it is told to.
type migrating struct {
	words  *authz.Policy
	drop   bool
	stuck  map[string]string // by the slug of projects that take no change: why
	why    string            // what is read now takes no change; "" = it does
	report []Migration
}

// pattern is what stands in the place of a pattern.
func (m *migrating) pattern(where, written string) []string {
	one := Migration{Where: where, Was: written, Why: m.why, Left: m.why != ""}
	if err := m.words.Fault(written); err != nil {
		one.Left = one.Left || !m.drop
		one.Why = cmp.Or(m.why, err.Error())
	} else if one.Is = renamed(m.words, written); one.Is == nil {
		return []string{written}
	}
	if one.Left {
		one.Is = nil
	}
	m.report = append(m.report, one)
	if one.Left {
		return []string{written}
	}
	return one.Is
}

// patterns is pattern for many, none twice.
func (m *migrating) patterns(where string, written []Name) []Name {
	if written == nil {
		return nil
	}
	all := []Name{}
	for _, p := range written {
		for _, is := range m.pattern(where, p.Text) {
			if !slices.ContainsFunc(all, func(n Name) bool { return n.Text == is }) {
				all = append(all, Name{is, p.At})
			}
		}
	}
	return all
}

// document is d with names of today.
func (m *migrating) document(d *Document) *Document {
	out := *d
	out.Roles = slices.Clone(d.Roles)
	for i, role := range out.Roles {
		out.Roles[i].Allow = m.patterns("role "+role.Name.Text, role.Allow)
	}
	if d.Site != nil {
		site := m.access(*d.Site)
		out.Site = &site
	}
	out.Projects = slices.Clone(d.Projects)
	for i, p := range out.Projects {
		out.Projects[i] = m.access(p)
	}
	return &out
}

func (m *migrating) access(a Access) Access {
	m.why = m.stuck[a.Slug.Text]
	defer func() { m.why = "" }()
	where := " in " + a.called()
	a.Public = m.patterns("public parts"+where, a.Public)
	a.Reserved, a.Opened = m.patterns("reserved"+where, a.Reserved), m.patterns("opened"+where, a.Opened)
	overrides := there[Override](nil)
	for _, o := range a.Overrides {
		for _, is := range m.pattern("override of role "+o.Role.Text+where, o.Permission.Text) {
			o.Permission.Text = is
			if !slices.ContainsFunc(overrides, func(p Override) bool { return p.Role.Text == o.Role.Text && p.Permission.Text == is }) {
				overrides = append(overrides, o)
			}
		}
	}
	entries := there[Entry](nil)
	for _, e := range a.Entries {
		for _, is := range m.pattern("entry of "+e.User.Text+where, e.Permission.Text) {
			e.Permission.Text = is
			entries = append(entries, e)
		}
	}
	if a.Overrides != nil {
		a.Overrides = overrides
	}
	if a.Entries != nil {
		a.Entries = entries
	}
	return a
}

// Migrate writes stored policy anew where it uses old names of permissions,
// and with drop takes out what the catalogue does not know any more: that
// gives and takes nothing today. Projects whose access who may not read are left
// out, archived ones are left as they are. Without write it only reports.
func (s *Service) Migrate(ctx context.Context, who authz.Subject, drop, write bool) ([]Migration, error) {
	if !write {
		return gate.View(ctx, s.gate, who, gate.Query[[]Migration]{
			Name: "policy.plan",
			Read: func(r *gate.Reader) ([]Migration, error) {
				report, _, err := migrated(r, drop)
				return report, err
			},
		})
	}
	return gate.Do(ctx, s.gate, who, gate.Op[[]Migration]{
		Name: "policy.migrate",
		Apply: func(tx *gate.Tx) ([]Migration, error) {
			report, c, err := migrated(&tx.Reader, drop)
			if err != nil {
				return nil, err
			}
			return report, c.write(tx, "policy.migrate")
		},
	})
}

func migrated(r *gate.Reader, drop bool) ([]Migration, *comparison, error) {
	s, err := see(r)
	if err != nil {
		return nil, nil, err
	}
	m := &migrating{words: r.Policy(), drop: drop, stuck: stuck(r, s.Projects)}
	doc := documentOf(s.Written)
	doc.Permissions, doc.Teams = nil, nil
	c, faults := compare(m.document(doc), s.Written, false)
	return m.report, c, faults.err()
}

// stuck are the projects whose state takes no change, with why.
func stuck(r *gate.Reader, in []projects.WrittenAccess) map[string]string {
	all := map[string]string{}
	for _, p := range in {
		if on := inProject(p.ID); r.Can("access.write", on).Guard != "" {
			all[p.Slug] = r.Control("access.write", on).Reason
		}
	}
	return all
}

// MigrateFile is the text of a file with names of today in the place of old
// ones, in a world; nothing else of it changes. Where one old name stands for
// several in a place that takes one, and where a name means nothing, it is
// left, and reported.
func MigrateFile(f File, w World) (text string, report []Migration, err error) {
	d, err := Parse(f)
	if err != nil {
		return "", nil, err
	}
	words, faults := wordsOf(d, w)
	if faults != nil {
		return "", nil, faults.err()
	}
	e := &editing{lines: strings.SplitAfter(f.Text, "\n"), words: words}
	for _, role := range d.Roles {
		e.list(role.Allow)
	}
	for _, a := range d.places() {
		e.list(a.Public)
		e.list(a.Reserved)
		e.list(a.Opened)
		for _, o := range a.Overrides {
			e.single(o.Permission)
		}
		for _, entry := range a.Entries {
			e.single(entry.Permission)
		}
	}
	return e.text(), e.report, nil
}

func wordsOf(d *Document, w World) (*authz.Policy, Faults) {
	c := &checking{doc: d, world: w}
	c.catalog()
	if c.words == nil {
		return nil, c.faults
	}
	return c.words, nil
}

// editing puts words into the lines of a file.
type editing struct {
	lines  []string
	words  *authz.Policy
	edits  []replacement
	report []Migration
}

// replacement is a new text in the place of a scalar.
type replacement struct {
	at       Place
	was, now string
}

func (e *editing) list(names []Name) {
	for _, n := range names {
		e.name(n, true)
	}
}

func (e *editing) single(n Name) { e.name(n, false) }

func (e *editing) name(n Name, many bool) {
	if err := e.words.Fault(n.Text); err != nil {
		e.report = append(e.report, Migration{Where: n.At.String(), Was: n.Text, Why: err.Error(), Left: true})
		return
	}
	is := renamed(e.words, n.Text)
	if is == nil {
		return
	}
	found, was := e.written(n)
	switch {
	case !found:
		e.report = append(e.report, Migration{Where: n.At.String(), Was: n.Text, Why: "it is not written on one line; write " + strings.Join(is, ", "), Left: true})
		return
	case len(is) > 1 && (!many || !e.inFlow(n, was)):
		e.report = append(e.report, Migration{Where: n.At.String(), Was: n.Text, Why: "it stands for several; write one each for " + strings.Join(is, ", "), Left: true})
		return
	}
	now := make([]string, len(is))
	for i, name := range is {
		now[i] = scalar(name)
	}
	e.edits = append(e.edits, replacement{n.At, was, strings.Join(now, ", ")})
	e.report = append(e.report, Migration{Where: n.At.String(), Was: n.Text, Is: is})
}

// written is how a name stands in its line: plain or in quotes.
func (e *editing) written(n Name) (found bool, as string) {
	rest, ok := e.from(n.At)
	if !ok {
		return false, ""
	}
	for _, as := range []string{`"` + n.Text + `"`, `'` + n.Text + `'`, n.Text} {
		if strings.HasPrefix(rest, as) {
			return true, as
		}
	}
	return false, ""
}

// from is the rest of the line at a place, whose columns count letters.
func (e *editing) from(at Place) (string, bool) {
	if at.Line < 1 || at.Line > len(e.lines) {
		return "", false
	}
	line := []rune(e.lines[at.Line-1])
	if at.Col < 1 || at.Col > len(line) {
		return "", false
	}
	return string(line[at.Col-1:]), true
}

// inFlow says whether a name stands in a list of one line, which takes more.
func (e *editing) inFlow(n Name, was string) bool {
	rest, _ := e.from(n.At)
	after := strings.TrimSpace(strings.TrimPrefix(rest, was))
	return strings.HasPrefix(after, ",") || strings.HasPrefix(after, "]")
}

// text is the file with all replacements, made from its end on.
func (e *editing) text() string {
	slices.SortFunc(e.edits, func(a, b replacement) int { return b.at.compare(a.at) })
	for _, edit := range e.edits {
		rest, _ := e.from(edit.at)
		line := e.lines[edit.at.Line-1]
		head := strings.TrimSuffix(line, rest)
		e.lines[edit.at.Line-1] = head + edit.now + strings.TrimPrefix(rest, edit.was)
	}
	return strings.Join(e.lines, "")
}
