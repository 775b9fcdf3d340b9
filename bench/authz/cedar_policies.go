package authz

import (
	"fmt"
	"strings"
)

// cedarPolicies has a policy for all that a role allows in a project, one for
// what it allows on own things, and one for what it denies.
func (m Model) cedarPolicies() string {
	var text strings.Builder
	for _, project := range m.Projects {
		for i, role := range m.Roles {
			var any, own, denied []string
			for _, g := range role.Grants {
				if g.OwnOnly {
					own = append(own, m.Permissions[g.Permission])
				} else {
					any = append(any, m.Permissions[g.Permission])
				}
			}
			for _, o := range project.Overrides {
				switch {
				case o.Role != i:
				case o.Deny:
					denied = append(denied, m.Permissions[o.Permission])
				default:
					any = append(any, m.Permissions[o.Permission])
				}
			}
			cedarRule(&text, "permit", project, role, any, "")
			cedarRule(&text, "permit", project, role, own, " when { context.own }")
			cedarRule(&text, "forbid", project, role, denied, "")
		}
	}
	return text.String()
}

func cedarRule(text *strings.Builder, effect string, p Project, r Role, permissions []string, when string) {
	if len(permissions) == 0 {
		return
	}
	actions := `Action::"` + strings.Join(permissions, `", Action::"`) + `"`
	fmt.Fprintf(text, "%s (principal in %s, action in [%s], resource == Project::%q)%s;\n", effect, cedarRole(p, r), actions, p.Name, when)
}
