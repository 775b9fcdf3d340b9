package projects

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// PolicySource reads the policy out of the database; it implements
// gate.PolicySource. The zero value works.
type PolicySource struct {
	// Log hears of stored names that mean nothing any more; nil = slog.Default().
	Log *slog.Logger
}

// LoadPolicy reads the whole policy as the transaction sees it, in a handful
// of queries.
//
// A stored name that the catalogue does not have any more must not lock
// everybody out: whatever says it is left out, with a warning. That gives
// nobody anything, for what has no permission is refused (R2). Declared
// permissions that require such a name go the same way.
func (s PolicySource) LoadPolicy(r db.Reader) (authz.Source, error) {
	l, err := load(r)
	s.warn(l.dropped)
	return l.source, err
}

// RefreshPolicy reads the parts anew and takes all else from old, as
// gate.PolicySource wants it. What it does not know it takes for everything,
// and so the catalogue, on which it depends what means anything.
func (s PolicySource) RefreshPolicy(r db.Reader, old authz.Source, policy *authz.Policy, parts []gate.Part) (authz.Source, error) {
	l, err := refresh(r, old, policy, parts...)
	s.warn(l.dropped)
	return l.source, err
}

func (s PolicySource) warn(dropped []string) {
	log := s.Log
	if log == nil {
		log = slog.Default()
	}
	for _, what := range dropped {
		log.Warn("policy: left out what the catalogue does not know", "what", what)
	}
}

// loading is a policy on its way out of the database.
type loading struct {
	reader  db.Reader
	source  authz.Source
	words   *authz.Policy // the catalogue, to read patterns against
	dropped []string      // what was left out, and why
	texts   texts
}

// load reads everything.
func load(r db.Reader) (*loading, error) {
	l := &loading{reader: r, texts: texts{}}
	for _, step := range []func() error{l.catalog, l.users, l.teams, l.roles, l.site, l.projects} {
		if err := step(); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *loading) catalog() error {
	declared, err := db.Rows(l.reader, scanDeclared, selectDeclared)
	if err != nil {
		return err
	}
	core, err := fixed(l.reader)
	if err != nil {
		return err
	}
	all := l.grown(core, declared)
	if err := lend(l.reader, all); err != nil {
		return err
	}
	l.source.Catalog = authz.Catalog{Permissions: all,
		Operations: remit.Operations(), Node: remit.NodeRights(), System: remit.SystemRoles()}
	l.words, err = authz.Compile(authz.Source{Catalog: l.source.Catalog})
	return err
}

// fixed are the permissions that nobody declared: the program's own, and one
// for each role of projects.
func fixed(r db.Reader) ([]authz.Permission, error) {
	all, err := roles(r)
	permissions := remit.Permissions()
	for _, role := range all {
		if !role.Site {
			permissions = append(permissions, remit.AssignPermission(role.Name))
		}
	}
	return permissions, err
}

// grown is core with those of declared that can stand on it: again and again,
// for one that goes may take others along.
func (l *loading) grown(core, declared []authz.Permission) []authz.Permission {
	all := slices.Clone(core)
	for _, p := range declared {
		if has(core, p.Name) {
			l.drop("declared permission %s: the program brings it now", p.Name)
			continue
		}
		all = append(all, p)
	}
	for {
		gone := slices.IndexFunc(all, func(p authz.Permission) bool { return missing(all, p) != "" })
		if gone < len(core) {
			return all
		}
		l.drop("declared permission %s: it needs %s", all[gone].Name, missing(all, all[gone]))
		all = slices.Delete(all, gone, gone+1)
	}
}

// missing is a permission that p refers to and that all lacks, or "".
func missing(all []authz.Permission, p authz.Permission) string {
	for _, name := range p.Requires {
		if !has(all, name) {
			return name
		}
	}
	if p.Private != "" && !has(all, p.Private) {
		return p.Private
	}
	return ""
}

func has(all []authz.Permission, name string) bool {
	return slices.ContainsFunc(all, func(p authz.Permission) bool { return p.Name == name })
}

func (l *loading) users() (err error) {
	l.source.Users, err = identity.PolicyUsers(l.reader)
	return err
}

func (l *loading) roles() error {
	all, err := roles(l.reader)
	l.source.Roles, l.source.SiteRoles = nil, nil // others may hold the old ones
	for _, role := range all {
		kept := authz.Role{Name: role.Name}
		for _, pattern := range role.Allow {
			if l.keep("role "+role.Name, pattern) && (role.Name != anonymousRole || l.keepPublic(pattern)) {
				kept.Allow = append(kept.Allow, pattern)
			}
		}
		if role.Site {
			l.source.SiteRoles = append(l.source.SiteRoles, kept)
		} else {
			l.source.Roles = append(l.source.Roles, kept)
		}
	}
	return err
}

// keep says whether a pattern still means something, and notes when not.
func (l *loading) keep(place, pattern string) bool {
	err := l.words.Fault(pattern)
	if err != nil {
		l.drop("%s: %w", place, err)
	}
	return err == nil
}

func (l *loading) keepPublic(pattern string) bool {
	ok := publicOK(l.words, pattern)
	if !ok {
		l.drop("role %s: %s may not be given to everybody", anonymousRole, pattern)
	}
	return ok
}

func (l *loading) drop(format string, args ...any) {
	l.dropped = append(l.dropped, fmt.Errorf(format, args...).Error())
}
