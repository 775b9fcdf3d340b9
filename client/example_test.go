package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// A refusal says what is missing and who can help; a program looks at its kind.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(refuse)) // stands for http://127.0.0.1:8080
	defer server.Close()

	c, err := client.New(server.URL, "an API key")
	if err != nil {
		log.Fatal(err)
	}
	job, err := c.Submit(context.Background(), "moths", remit.JobSpec{Type: "ml", Start: true})
	switch remit.KindOf(err) {
	case "":
		fmt.Println("queued as", job.ID)
	case remit.Denied:
		fmt.Println(err)
		if e, ok := err.(*remit.Error); ok {
			fmt.Println(e.Hint)
		}
	default:
		log.Fatal(err)
	}
	// Output:
	// Insufficient permissions
	// You need job:run.ml. ada can grant it.
}

func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprint(w, `{"title":"Forbidden","status":403,"kind":"denied","code":"denied","detail":"Insufficient permissions",
		"hint":"You need job:run.ml. ada can grant it.","permission":"job:run.ml","who_can_grant":["ada"]}`)
}
