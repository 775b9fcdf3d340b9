// Package remit is the vocabulary: the nouns that a team's job server and data
// archive are about, their ids, the kinds of error, and the table of
// permissions and operations. It does no I/O and keeps no state.
//
// Each noun's struct is also its JSON shape in the HTTP API; it is written
// nowhere else.
//
//	job := remit.Job{Type: "ml", On: remit.On{File: file.ID}}
//	if err := server.Submit(job); remit.KindOf(err) == remit.Denied {
//		fmt.Println(err) // Insufficient permissions: …
//	}
package remit
