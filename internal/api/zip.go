package api

import (
	"net/http"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// artifactsZip streams all that an attempt made as one ZIP. What fails in the
// middle ends the connection, so that nobody takes a part for the whole.
func (a *api) artifactsZip(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	attempt, err := attemptOf(r)
	if err != nil {
		return err
	}
	id := remit.JobID(r.PathValue("id"))
	all, err := a.Jobs.Zip(r.Context(), who, id, attempt)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+escapeName(string(id)+".zip"))
	if err := all.Write(r.Context(), w); err != nil {
		if r.Context().Err() == nil {
			a.Log.ErrorContext(r.Context(), "a ZIP of artifacts broke off", "job", id, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}
