package main_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a real one with a fresh profile, showing one page.
type browser struct {
	t   *testing.T
	ctx context.Context
	mu  sync.Mutex
	// complaints are what its console said: errors and warnings, exceptions,
	// and what the content security policy kept away.
	complaints []string
}

func openBrowser(t *testing.T, setup ...chromedp.Action) *browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "remit-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(profile))
	// Not the test's context: that ends first, and the browser with it, at once.
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // asks it to close, and waits
		cancel()
		end()
		remove(t, profile)
	})
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.hear)
	// The browser lives as long as the context of its first actions.
	first := append([]chromedp.Action{cdplog.Enable(), network.Enable(), chromedp.EmulateViewport(1280, 900)}, setup...)
	if err := chromedp.Run(ctx, first...); err != nil {
		t.Fatalf("opening the browser: %v", err)
	}
	return b
}

// remove deletes the profile, into which helpers of the browser may write for
// a moment longer than it lives.
func remove(t *testing.T, dir string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(poll) {
		err := os.RemoveAll(dir)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("removing the browser's profile: %v", err)
			return
		}
	}
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no browser for this test: run `make test`, or apt-get install chromium")
	return ""
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError || e.Entry.Source == cdplog.SourceSecurity {
			b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			b.complaints = append(b.complaints, "console."+string(e.Type))
		}
	}
}

// quiet says that nothing on the pages so far went wrong.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page is\n%s", err, b.html())
	}
}

// html is the page as it now is.
func (b *browser) html() string {
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	var page string
	if err := chromedp.Run(ctx, chromedp.OuterHTML("html", &page, chromedp.ByQuery)); err != nil {
		return err.Error()
	}
	return page
}

// follow clicks on something and waits for what is on the page it leads to.
func (b *browser) follow(selector, next string) {
	b.t.Helper()
	b.do(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible), chromedp.WaitVisible(next, chromedp.ByQuery))
}

// text is what a person reads there.
func (b *browser) text(selector string) string {
	b.t.Helper()
	var text string
	b.do(chromedp.Text(selector, &text, chromedp.ByQuery, chromedp.NodeVisible))
	return strings.TrimSpace(text)
}

// ask evaluates an expression of JavaScript.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	var answer T
	b.do(chromedp.Evaluate(expression, &answer))
	return answer
}

func (b *browser) logIn(d *demo, name string) {
	b.t.Helper()
	b.do(chromedp.Navigate(d.URL+"/login"),
		chromedp.SendKeys("#name", name, chromedp.ByQuery),
		chromedp.SendKeys("#password", d.account(b.t, name).Password, chromedp.ByQuery))
	b.follow(`form[action="/login"] button`, `a[href="/projects/moths"]`)
}

// Places on the pages.
const (
	processButton = `button[data-action="run.ml"]`
	collection    = `main a[href*="/collections/"]`
	image         = `main .tile a[href*="/files/"]`
	state         = `[role="status"][data-state]`
	succeeded     = `[role="status"][data-state="succeeded"]`
	annotated     = `img[data-artifact="annotated.png"]`
)

// toAnImage goes from the first page to one image, as a person would, and
// looks at the batch button on the way.
func (b *browser) toAnImage(d *demo) {
	b.t.Helper()
	b.logIn(d, "moths-basic_member")
	b.follow(`a[href="/projects/moths"]`, collection)
	b.follow(collection, processButton)
	b.batchIsDisabledAndSaysWhy()
	b.follow(image, processButton+":not([disabled])")
	if label := b.text(processButton); label != "Process now" {
		b.t.Errorf("the button reads %q", label)
	}
}

func (b *browser) batchIsDisabledAndSaysWhy() {
	b.t.Helper()
	attributes := map[string]string{}
	b.do(chromedp.Attributes(processButton, &attributes, chromedp.ByQuery))
	if _, disabled := attributes["disabled"]; !disabled {
		b.t.Errorf("the batch button is not disabled: %v", attributes)
	}
	why := b.text("#" + attributes["aria-describedby"])
	for _, part := range []string{"Insufficient permissions", "job:run.ml", "moths-project_manager", "root", "can grant it"} {
		if !strings.Contains(why, part) {
			b.t.Errorf("the reason does not say %q: %s", part, why)
		}
	}
}

// processNow presses the button, with an argument that makes the job last a little.
func (b *browser) processNow() {
	b.t.Helper()
	b.do(chromedp.Click("details.more summary", chromedp.ByQuery, chromedp.NodeVisible),
		chromedp.SendKeys(`input[name="args"]`, "--delay 400ms", chromedp.ByQuery))
	b.follow(processButton, state)
}

func TestInABrowser(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), anyAddress)
	for name, story := range map[string]func(*testing.T, *demo){
		"a member processes an image and watches": processAndWatch,
		"the same goes without JavaScript":        processAndReload,
		"pages fit wide and narrow screens":       lookAtEveryPage,
		"somebody ends what a job type tells":     pauseDefault,
		"somebody types what a job takes":         fillForm,
		"and does so without JavaScript":          fillFormWithoutScript,
		"a form that nobody touches says it all":  sendFormsUntouched,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, d)
		})
	}
}

func processAndWatch(t *testing.T, d *demo) {
	b := openBrowser(t)
	b.toAnImage(d)
	b.processNow()
	if ask[bool](b, `document.querySelector('`+succeeded+`') !== null`) {
		t.Error("the job was over before anybody could watch it")
	}
	b.do(chromedp.Evaluate(`window.stayed = true`, nil),
		chromedp.WaitVisible(succeeded, chromedp.ByQuery),
		chromedp.ScrollIntoView(annotated, chromedp.ByQuery))
	until(t, "the annotated picture is shown", b.showsAnnotated)
	until(t, "the log is shown to its end", func() bool {
		return strings.Contains(b.text("#log"), "::progress 1 Finished trap_001.jpg")
	})
	if !ask[bool](b, `window.stayed === true`) {
		t.Error("the page was loaded again, so it was not followed live")
	}
	b.quiet()
}

func processAndReload(t *testing.T, d *demo) {
	b := openBrowser(t, emulation.SetScriptExecutionDisabled(true))
	b.toAnImage(d)
	b.processNow()
	if notice := b.text("noscript .notice"); !strings.Contains(notice, "reload it") {
		t.Errorf("the page does not say that it must be reloaded: %q", notice)
	}
	until(t, "a reload shows the end", func() bool {
		b.do(chromedp.Reload(), chromedp.WaitReady(state, chromedp.ByQuery))
		return strings.Contains(b.html(), `data-state="succeeded"`)
	})
	b.do(chromedp.ScrollIntoView(annotated, chromedp.ByQuery))
	until(t, "the annotated picture is shown", b.showsAnnotated)
	b.quiet()
}

func (b *browser) showsAnnotated() bool {
	return ask[int](b, `document.querySelector('`+annotated+`').naturalWidth`) > 0
}
