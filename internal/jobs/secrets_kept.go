package jobs

import (
	"encoding/json"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// keptFrom adds to the draft of a requeued job the secrets of its source that
// are not given anew. They stay with who gave them: others give their own.
func (s *Service) keptFrom(tx *gate.Tx, source row, q Requeue, d *draft) error {
	given := q.Params
	missing, err := missingFrom(source.Secrets, given)
	missing = slices.DeleteFunc(missing, func(name string) bool { _, changed := q.Set[name]; return changed })
	if err != nil || len(missing) == 0 {
		return err
	}
	if missing, err = s.stillSecret(d.kind, missing, given == nil); err != nil || len(missing) == 0 {
		return err
	}
	stored, err := storedSecrets(tx, source.ID)
	if err != nil {
		return err
	}
	kept := map[string]string{}
	d.givers = map[string]remit.UserID{}
	for _, name := range missing {
		i := slices.IndexFunc(stored, func(k sealedSecret) bool { return k.name == name })
		mine := i >= 0 && stored[i].givenBy != "" && stored[i].givenBy == owner(tx.Who())
		switch {
		case mine:
			if kept[name], err = s.opened(stored[i].sealed, secretPlace(source.ID, name)); err != nil {
				return err
			}
			d.givers[name] = stored[i].givenBy
		case given == nil && i < 0 && len(stored) < len(source.Secrets):
			return secretMissing(name, "is not kept any more")
		case given == nil:
			return secretMissing(name, "stays with who gave it")
		}
	}
	d.Params, err = withSecrets(d.Params, kept)
	return err
}

// stillSecret are those of a job's secrets that its type still keeps as such. With
// all of them to be kept, another one is refused: it would be told.
func (s *Service) stillSecret(kind remit.JobType, names []string, all bool) (still []string, err error) {
	schema, err := s.schemas.Of(kind.Params)
	if err != nil {
		return nil, err
	}
	secrets := parameters.Secrets(schema)
	for _, name := range names {
		switch {
		case slices.Contains(secrets, name):
			still = append(still, name)
		case all:
			return nil, secretMissing(name, "is none any more in job type "+kind.Key)
		}
	}
	return still, nil
}

// missingFrom are the secrets that given parameters do not hold.
func missingFrom(secrets []string, given json.RawMessage) (missing []string, err error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	object, err := parameters.Read(given)
	for _, name := range secrets {
		if _, has := object[name]; !has {
			missing = append(missing, name)
		}
	}
	return missing, err
}

func secretMissing(name, why string) error {
	return invalid("params."+name, "The secret parameter %s %s", name, why).
		WithHint("Give it again with `--secret %s`; the other parameters are kept.", name)
}
