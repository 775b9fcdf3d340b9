package authz

// Question is one Check with its names looked up, for whoever asks the same
// often. It keeps the subject's caps and the thing's loan by reference: do not
// change these afterwards.
type Question struct {
	policy     *Policy // that looked the names up
	words      *words
	project    *project // nil on the site and for unknown projects
	user       uint32   // of a Person
	permission permID
	kind       Kind
	visibility Visibility
	cell       cell
	marks      mark
}

// words are a question as it was put. What is rarely needed is not copied out
// of them.
type words struct {
	subject    *Subject
	thing      *Resource
	permission *string
}

// mark is what makes a question more than an ordinary one.
type mark uint8

const (
	capped   mark = 1 << iota // by a key (R5)
	previews                  // R23
	unheard                   // there is no such subject (R1)
	unseen                    // there is no such visibility (R2)
)

// Resolve looks the names of a question up, once for many times. It allocates.
func (p *Policy) Resolve(s Subject, permission string, r Resource) Question {
	q := p.question(&words{&s, &r, &permission})
	q.policy, q.permission = p, p.find(permission)
	return q
}

// question is Resolve without the permission.
func (p *Policy) question(w *words) Question {
	home := p.projectOf(w.thing.Project)
	q := Question{words: w, project: home}
	p.look(&q)
	return q
}

// look finds who asks, and about whose thing.
func (p *Policy) look(q *Question) {
	s, r := q.words.subject, q.words.thing
	q.kind, q.visibility, q.cell = s.Kind, r.Visibility, others
	if s.Kind == Person {
		user, known := p.users[s.ID]
		if q.user = user; !known {
			q.marks |= unheard
		}
		q.cell = cellOf(r.Owner == s.ID) // no account is without an id
		if s.Preview != nil {
			q.marks |= previews
		}
	}
	if s.Kind > Local {
		q.marks |= unheard
	}
	if r.Visibility > Public {
		q.marks |= unseen
	}
	if s.Caps != nil {
		q.marks |= capped
	}
}

// Decide answers as Check does. Names that another policy looked up are looked
// up anew.
func (p *Policy) Decide(q *Question, now int64) Decision {
	if q.policy != p {
		return p.Check(*q.words.subject, *q.words.permission, *q.words.thing, now)
	}
	says, about := p.says(q, now)
	return Decision{Allowed: says.allowed(), Rule: says.rule(), Permission: p.name(about, q.words)}
}

// says decides a question, and returns which permission the outcome is about.
func (p *Policy) says(q *Question, now int64) (outcome, permID) {
	a := asking{Policy: p, Question: q, now: now}
	if rule := a.begin(); rule != 0 {
		return no(outcome(rule)), noPermission
	}
	return a.asked(q.permission)
}

// name is that of a permission, or what was asked where there is none.
func (p *Policy) name(id permID, asked *words) string {
	if id == noPermission {
		return *asked.permission
	}
	return p.permissions[id].Name
}
