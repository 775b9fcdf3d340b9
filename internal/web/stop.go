package web

import "github.com/remit-server/remit"

// stopPage ends the letters of one notification, for whoever has one of them.
// To look at it changes nothing: programs look at links before people do.
type stopPage struct {
	frame
	ID   remit.NotificationID
	Post string
	Done bool
}

func (s *site) stopForm(v *visit) error {
	id, err := s.Notify.Stops(v.query("token"))
	if err != nil {
		return err
	}
	v.showStop(id, false)
	return nil
}

// stopLetters answers mail programs as well (RFC 8058): without a cookie, and
// never with a redirect.
func (s *site) stopLetters(v *visit) error {
	id, err := s.Notify.Stop(v.ctx(), v.query("token"))
	if err != nil {
		return err
	}
	v.showStop(id, true)
	return nil
}

func (v *visit) showStop(id remit.NotificationID, done bool) {
	page := stopPage{frame: v.frame("End these letters"), ID: id, Post: v.r.URL.RequestURI(), Done: done}
	page.SignIn = "" // it takes none, and an address with the token goes nowhere
	v.show("stop", page)
}
