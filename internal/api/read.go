package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// readJSON is json.Unmarshal. What does not fit is named by its place in the text:
// huma has seen to all but the size of numbers before.
func readJSON(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return err
	case strings.HasPrefix(wrong.Value, "number"):
		return fmt.Errorf("the %.60s, which ends at byte %d, is too large", wrong.Value, wrong.Offset)
	}
	return fmt.Errorf("the %.60s that ends at byte %d is not what belongs there", wrong.Value, wrong.Offset)
}
