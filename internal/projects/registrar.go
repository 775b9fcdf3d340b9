package projects

import (
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// registrarIn are, by role, the projects with requests for that role which the
// asker decides on without giving access there at large: as registrar (R24).
// Each is asked as one request is, so that the list equals that (R19).
func registrarIn(r *gate.Reader) (map[string][]string, error) {
	grants, roles := r.Scope("request.review"), []any{}
	for _, right := range r.Policy().Names(assignRight) {
		if reachesBeyond(r.Policy().Scope(r.Who(), right, r.Now().UnixMicro()), grants) {
			roles = append(roles, strings.TrimPrefix(right, assignRight))
		}
	}
	if len(roles) == 0 {
		return nil, nil
	}
	asked, err := db.Rows(r, scanPair, askedRoles(len(roles)), roles...)
	in := map[string][]string{}
	for _, a := range asked {
		on := requestRow{project: remit.ProjectID(a.key), AccessRequest: remit.AccessRequest{Role: a.value}}.resource()
		if !grants.Has(on) && r.Can("request.review", on).Allowed && r.Can("request.read", on).Allowed {
			in[a.value] = append(in[a.value], a.key)
		}
	}
	return in, err
}

// reachesBeyond says whether a scope may have a project that another has not.
func reachesBeyond(s, other authz.Scope) bool {
	for _, named := range []map[string]authz.Cells{s.Projects, other.Projects} {
		if slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(id string) bool {
			on := authz.Resource{Project: id}
			return s.Has(on) && !other.Has(on)
		}) {
			return true
		}
	}
	return s.Default.Has(false, authz.ProjectWide) && !other.Default.Has(false, authz.ProjectWide)
}
