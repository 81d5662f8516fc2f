package event

import (
	"encoding/json"
	"fmt"
)

// Encode writes what an event or an audit row holds; nil stays nil. Only plain values that the program builds itself
// may be given: one that JSON does not know is a mistake in the code, and panics.
func Encode(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return data
}
