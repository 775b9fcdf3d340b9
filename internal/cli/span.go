package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit/client"
)

// given are the flags of whatever is given for a time and with a reason.
type given struct {
	cmd              *cobra.Command
	from, until, why string
	length           time.Duration
}

func giving(cmd *cobra.Command) *given {
	g := &given{cmd: cmd}
	f := cmd.Flags()
	f.StringVar(&g.from, "from", "", "from this moment on (2026-03-01T12:00:00Z, or 2026-03-01 for its midnight here)")
	f.StringVar(&g.until, "until", "", "until this moment")
	f.DurationVar(&g.length, "for", 0, "for this long from now, such as 4h; instead of --until")
	f.StringVar(&g.why, "why", "", "the reason, for those who ask later")
	return g
}

// span is from and until; nil is open.
func (g *given) span() (from, until *time.Time, err error) {
	if from, err = typedMoment("from", g.from); err != nil {
		return nil, nil, err
	}
	if until, err = typedMoment("until", g.until); err != nil {
		return nil, nil, err
	}
	switch {
	case g.length == 0 && g.cmd.Flags().Changed("for"), g.length < 0:
		return nil, nil, usage("--for is a time that lasts, such as 4h")
	case g.length > 0 && until != nil:
		return nil, nil, usage("--for and --until say the same; use one of the two")
	case g.length > 0:
		end := time.Now().Add(g.length)
		until = &end
	}
	return from, until, nil
}

// patch changes of a membership what was typed; an empty --from or --until opens it.
func (g *given) patch() (p client.MemberPatch, err error) {
	from, until, err := g.span()
	if err != nil {
		return p, err
	}
	set := g.cmd.Flags().Changed
	if set("from") {
		p.From = written(from)
	}
	if set("until") || set("for") {
		p.Until = written(until)
	}
	if set("why") {
		p.Why = &g.why
	}
	return p, nil
}

func written(t *time.Time) *string {
	text := ""
	if t != nil {
		text = t.Format(time.RFC3339Nano)
	}
	return &text
}

// typedMoment reads a moment as people write it; "" is none.
func typedMoment(flag, text string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return &at, nil
		}
	}
	return nil, usage("--%s %q is no moment; write it like 2026-03-01T12:00:00Z or 2026-03-01", flag, text)
}

// teamPrefix is how a team is typed where a user could be meant.
const teamPrefix = "team:"

// whom tells a user from a team.
func whom(text string) (user, team string) {
	if name, is := strings.CutPrefix(text, teamPrefix); is {
		return "", name
	}
	return text, ""
}

// marked says of a name that nobody has it any more.
func marked(name string, deleted bool) string {
	if deleted {
		name += " (deleted)"
	}
	return name
}

// holder is whom backwards.
func holder(user, team string) string {
	if team != "" {
		return teamPrefix + team
	}
	return user
}
