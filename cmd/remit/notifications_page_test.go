package main_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// pauseDefault is somebody who is not to be told of what ml tells, and then is.
func pauseDefault(t *testing.T, d *demo) {
	b := openBrowser(t)
	b.logIn(d, "moths-identifier")
	const pause, resume = `tr[data-type="ml"] [data-action="pause"]`, `tr[data-type="ml"] [data-action="resume"]`
	b.do(chromedp.Click(`header a.user`, chromedp.ByQuery, chromedp.NodeVisible), chromedp.WaitVisible(pause, chromedp.ByQuery))
	b.follow(pause, resume)
	b.do(chromedp.Reload(), chromedp.WaitVisible(resume, chromedp.ByQuery))
	b.follow(resume, pause)
	b.quiet()
}
