package rest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"time"
)

const cursorLife = time.Hour

// cursors signs the position in a list. A cursor works only for the user, the route and the filter it was made for,
// so that nobody can point it at rows of another list, and only for an hour.
type cursors struct {
	key []byte
	now func() time.Time
}

// scope is what a cursor is bound to: everything in the query except the position itself.
func scope(userID int64, route string, values url.Values) string {
	bound := url.Values{}
	for name, v := range values {
		if name != "cursor" && name != "limit" {
			bound[name] = v
		}
	}
	var user [8]byte
	binary.BigEndian.PutUint64(user[:], uint64(userID))
	return string(user[:]) + route + "?" + bound.Encode()
}

func (s cursors) encode(scope string, after int64) string {
	payload := binary.BigEndian.AppendUint64(nil, uint64(after))
	payload = binary.BigEndian.AppendUint64(payload, uint64(s.now().Unix()))
	return base64.RawURLEncoding.EncodeToString(append(payload, s.sign(scope, payload)...))
}

// decode returns the position, or false for a cursor that was edited, belongs elsewhere or is too old.
func (s cursors) decode(scope, cursor string) (int64, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) != 16+sha256.Size {
		return 0, false
	}
	payload := raw[:16]
	if !hmac.Equal(raw[16:], s.sign(scope, payload)) {
		return 0, false
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(payload[8:])), 0)
	if s.now().Sub(made) > cursorLife {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(payload[:8])), true
}

func (s cursors) sign(scope string, payload []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(scope))
	mac.Write([]byte{0})
	mac.Write(payload)
	return mac.Sum(nil)
}
