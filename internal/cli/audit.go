package cli

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/audit"
)

func (a *app) audit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The log of changes and refusals: list, export, head, verify, archive"}
	cmd.AddCommand(a.auditList(), a.auditExport(), a.auditHead(), a.auditVerify(), a.auditArchive())
	return cmd
}

// auditFilters adds the flags that narrow the log and returns their query.
func auditFilters(cmd *cobra.Command) func(a *app) (client.Query, error) {
	flags := cmd.Flags()
	texts := map[string]*string{
		"actor":     flags.String("actor", "", "only what this one did: a name, as it was at the time, or an id"),
		"operation": flags.String("operation", "", "only this operation, like job.cancel"),
		"project":   flags.StringP("project", "p", "", "only this project"),
		"thing":     flags.String("thing", "", "only what was done to the thing with this id"),
		"request":   flags.String("request", "", "only this request"),
	}
	from := flags.String("from", "", "from this time on, like 2026-03-01 or 2026-03-01T12:00:00Z")
	until := flags.String("until", "", "before this time")
	refused := flags.Bool("refused", false, "only what was refused")
	changes := flags.Bool("changes", false, "only what was not refused")
	return func(a *app) (client.Query, error) {
		q := client.Query{}
		for name, value := range texts {
			q[name] = *value
		}
		for name, value := range map[string]string{"from": *from, "until": *until} {
			at, err := instant(name, value)
			if err != nil {
				return nil, err
			}
			q[name] = at
		}
		if *refused && *changes {
			return nil, usage("--refused and --changes leave nothing over")
		}
		if *refused || *changes {
			q["allowed"] = fmt.Sprint(*changes)
		}
		return q, nil
	}
}

// instant is a time as the server wants it.
func instant(name, text string) (string, error) {
	at, err := typedMoment(name, text)
	if err != nil || at == nil {
		return "", err
	}
	return at.UTC().Format(time.RFC3339), nil
}

func (a *app) auditList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List what was changed and what was refused, newest first", Args: cobra.NoArgs,
		Example: "  remit audit list --project moths --actor bob --refused\n  remit audit list --thing job_01… --from 2026-03-01"}
	filters, page := auditFilters(cmd), limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		q, err := filters(a)
		if err != nil {
			return err
		}
		for name, value := range page() {
			q[name] = value
		}
		entries, err := server.Audit(c.Context(), q)
		if err != nil {
			return err
		}
		return list(a, entries,
			column[remit.AuditEntry]{"TIME", func(e remit.AuditEntry) string { return moment(&e.At) }},
			column[remit.AuditEntry]{"ACTOR", auditActor},
			column[remit.AuditEntry]{"OPERATION", func(e remit.AuditEntry) string { return e.Operation }},
			column[remit.AuditEntry]{"PROJECT", func(e remit.AuditEntry) string { return first(e.Project, string(e.ProjectID)) }},
			column[remit.AuditEntry]{"THING", func(e remit.AuditEntry) string { return e.Thing }},
			column[remit.AuditEntry]{"OUTCOME", auditOutcome},
			column[remit.AuditEntry]{"DETAIL", func(e remit.AuditEntry) string { return e.Detail }},
		)
	})
	return cmd
}

func auditActor(e remit.AuditEntry) string {
	name := first(e.Actor, e.ActorID)
	if e.ActorKind != "person" {
		name = strings.TrimSpace(e.ActorKind + " " + name)
	}
	if e.Preview != "" {
		name += " as " + e.Preview
	}
	return name
}

func auditOutcome(e remit.AuditEntry) string {
	if e.Allowed {
		return "done"
	}
	return strings.TrimSpace("refused " + e.Rule + " " + e.Permission)
}

func (a *app) auditExport() *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Write the log as JSON lines, oldest first", Args: cobra.NoArgs,
		Long: `Write the log as JSON lines, oldest first.

With --chain all of it is written, with its seals, so that it can be verified
without the server: remit audit verify --file FILE.`}
	filters := auditFilters(cmd)
	chain := cmd.Flags().Bool("chain", false, "all of it, with its seals")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		q, err := filters(a)
		if err != nil {
			return err
		}
		if *chain {
			q["chain"] = "true"
		}
		body, err := server.AuditExport(c.Context(), q)
		if err != nil {
			return err
		}
		defer body.Close()
		return a.copyLines(body)
	})
	return cmd
}

// copyLines writes an export out, unless a line says that it is not whole.
func (a *app) copyLines(body io.Reader) error {
	r, w := bufio.NewReader(body), bufio.NewWriter(a.screen())
	for {
		line, err := r.ReadString('\n')
		if strings.HasPrefix(line, `{"error":`) {
			err = remit.Errorf(remit.Unavailable, "the export was cut short: %s", strings.TrimSpace(line)).WithHint("Try again.")
			line = ""
		}
		if _, failed := w.WriteString(line); failed != nil {
			return failed
		}
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil {
			_ = w.Flush()
			return err
		}
	}
}

func (a *app) auditHead() *cobra.Command {
	return &cobra.Command{Use: "head", Short: "Print the end of the chain of seals, NUMBER:HASH; keep it elsewhere, for verify --head", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			head, err := server.AuditHead(c.Context())
			if err != nil {
				return err
			}
			return one(a, head, func(h remit.AuditHead) {
				if h.Number == 0 {
					a.tell("Nothing is sealed yet; %d entries wait for the first seal.", h.Unsealed)
					return
				}
				a.say("%d:%s", h.Number, h.Hash)
				a.tell("sealed %s; %d newer entries wait for the next seal", moment(&h.SealedAt), h.Unsealed)
			})
		})}
}

func (a *app) auditArchive() *cobra.Command {
	var before string
	cmd := &cobra.Command{Use: "archive --before TIME", Short: "Move old entries into sealed files in the server's data directory", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			at, err := typedMoment("before", before)
			if err != nil {
				return err
			}
			if at == nil {
				return usage("--before is missing: what was sealed before it is archived")
			}
			made, err := server.ArchiveAudit(c.Context(), *at)
			if err != nil {
				return err
			}
			return list(a, made,
				column[remit.AuditSeal]{"FILE", func(s remit.AuditSeal) string { return s.Archive }},
				column[remit.AuditSeal]{"SEALS", func(s remit.AuditSeal) string { return fmt.Sprintf("%d–%d", s.ArchiveFirst, s.ArchiveLast) }},
				column[remit.AuditSeal]{"SHA-256", func(s remit.AuditSeal) string { return s.ArchiveHash }},
			)
		})}
	cmd.Flags().StringVar(&before, "before", "", "what was sealed before this time, like 2026-03-01")
	return cmd
}

func (a *app) auditVerify() *cobra.Command {
	var head, file string
	var strict bool
	cmd := &cobra.Command{Use: "verify", Short: "Look for entries and seals that were changed, removed, inserted or reordered; exit 1 when there are any", Args: cobra.NoArgs,
		Long: `Look for entries and seals that were changed, removed, inserted or reordered.

The server reads all of its log, archive files included. With --file an export
made with --chain, or an archive file, is verified here instead, without the
server. A head that was printed before and kept elsewhere finds a log that was
cut off or made anew. Exit code 1 when anything is wrong.`,
		Example: "  remit audit verify --head 120:5f70…\n  remit audit verify --file log.jsonl"}
	cmd.Flags().StringVar(&head, "head", "", "the head that was kept elsewhere, NUMBER:HASH")
	cmd.Flags().StringVar(&file, "file", "", "verify this file instead of the server's log")
	cmd.Flags().BoolVar(&strict, "strict", false, "entries that came long after their time are wrong as well")
	cmd.RunE = func(c *cobra.Command, _ []string) error {
		r := &auditReport{Findings: []remit.AuditFinding{}, app: a}
		err := r.verify(c, head, file)
		if err != nil {
			return err
		}
		if err := one(a, r, func(r *auditReport) { a.sayVerdict(r.Verdict) }); err != nil {
			return err
		}
		if !r.Verdict.Intact || strict && r.Verdict.Late > 0 {
			return errNo
		}
		return nil
	}
	return cmd
}

// auditReport is what verify prints as JSON; else findings are printed as they come.
type auditReport struct {
	Findings []remit.AuditFinding `json:"findings"`
	Verdict  remit.AuditVerdict   `json:"verdict"`
	app      *app
}

func (r *auditReport) add(f remit.AuditFinding) {
	if r.app.json || r.app.jsonl {
		r.Findings = append(r.Findings, f)
		return
	}
	r.app.say("%s: %s", f.Kind, printable(f.Text))
}

func (r *auditReport) verify(c *cobra.Command, head, file string) (err error) {
	if file != "" {
		r.Verdict, err = verifyFile(file, head, r.add)
		return err
	}
	server, err := r.app.client()
	if err != nil {
		return err
	}
	r.Verdict, err = server.VerifyAudit(c.Context(), head, r.add)
	return err
}

// verifyFile reads an export with its seals, or an archive file, which is packed.
func verifyFile(name, head string, report func(remit.AuditFinding)) (verdict remit.AuditVerdict, err error) {
	v := &audit.Verifier{Report: report}
	if v.Head, err = audit.ParseHead(head); err != nil {
		return verdict, err
	}
	f, err := os.Open(name)
	if err != nil {
		return verdict, remit.Errorf(remit.NotFound, "reading the log: %w", err)
	}
	defer f.Close()
	body := bufio.NewReaderSize(f, 1<<20)
	var lines io.Reader = body
	if magic, _ := body.Peek(2); string(magic) == "\x1f\x8b" {
		v.Part = true // archives are packed, and begin anywhere
		if lines, err = gzip.NewReader(body); err != nil {
			return verdict, remit.Errorf(remit.Invalid, "unpacking %s: %w", name, err)
		}
	}
	if err := audit.FeedFile(lines, v); err != nil {
		return verdict, err
	}
	return v.End()
}

func (a *app) sayVerdict(v remit.AuditVerdict) {
	word := "intact"
	if !v.Intact {
		word = fmt.Sprintf("NOT INTACT: %d faults", v.Faults)
	}
	a.say("%s; %d entries in %d seals, %d not sealed yet", word, v.Entries, v.Seals, v.Unsealed)
	if v.Late > 0 {
		a.say("%d entries came long after their time; --strict takes that for wrong", v.Late)
	}
	if v.Head.Number > 0 {
		a.say("head %d:%s", v.Head.Number, v.Head.Hash)
	}
}
