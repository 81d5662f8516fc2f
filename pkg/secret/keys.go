package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"overmind/pkg/fault"
)

const (
	keySize = 32
	// A random key of 32 bytes has about 30 distinct ones; fewer than 20 means a phrase or a pattern.
	minDistinct = 20
)

// Keys are an installation's keys, one for each purpose. All nodes share them.
type Keys struct {
	signing     []byte
	cursor      []byte
	credentials *keyset.Handle
	aead        tink.AEAD
}

// keyFile is the JSON form. Credentials is a Tink keyset: a second key can be added and made primary, and what the
// first one sealed stays readable, because a ciphertext carries its key's id.
type keyFile struct {
	Signing     []byte          `json:"signing"`
	Cursor      []byte          `json:"cursor"`
	Credentials json.RawMessage `json:"credentials"`
}

func newKeys() (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make the credentials key: %w", err)
	}
	random := make([]byte, 2*keySize)
	_, _ = rand.Read(random) // never fails
	return assemble(random[:keySize], random[keySize:], handle)
}

func assemble(signing, cursor []byte, handle *keyset.Handle) (*Keys, error) {
	for name, key := range map[string][]byte{"signing": signing, "cursor": cursor} {
		if len(key) < keySize {
			return nil, fault.New(fault.Invalid, "keys_weak", "The %s key has %d bytes; at least %d are needed.", name, len(key), keySize)
		}
		if distinct(key) < minDistinct {
			return nil, fault.New(fault.Invalid, "keys_weak", "The %s key is not random.", name)
		}
	}
	if bytes.Equal(signing, cursor) {
		return nil, fault.New(fault.Invalid, "keys_weak", "The signing key and the cursor key must differ.")
	}
	cipher, err := aead.New(handle)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "keys_unreadable", "The credentials keyset cannot be used for AES-GCM.")
	}
	return &Keys{signing: signing, cursor: cursor, credentials: handle, aead: cipher}, nil
}

func distinct(key []byte) int {
	seen := map[byte]bool{}
	for _, b := range key {
		seen[b] = true
	}
	return len(seen)
}

// Signing signs access tokens.
func (k *Keys) Signing() []byte { return k.signing }

// Cursor signs page cursors.
func (k *Keys) Cursor() []byte { return k.cursor }

// Seal encrypts value for storage. aad says whose value it is (`table|row|field|host:port|user`); only the same aad opens
// it again, so a ciphertext that is moved to another row or host is worthless.
func (k *Keys) Seal(aad string, value String) ([]byte, error) {
	sealed, err := k.aead.Encrypt([]byte(value.Reveal()), []byte(aad))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal gave. It fails with Internal `secret_unreadable` when the aad or the keys are not the ones
// it was sealed with.
func (k *Keys) Open(aad string, sealed []byte) (String, error) {
	value, err := k.aead.Decrypt(sealed, []byte(aad))
	if err != nil {
		return String{}, fault.Wrap(err, fault.Internal, "secret_unreadable", "A stored password cannot be decrypted; enter it again.")
	}
	return New(string(value)), nil
}

// Check is a value that tells these keys from others and gives nothing away about them. The database keeps it, so that
// a node with other keys does not start. The credentials part follows the primary key, so rotation changes it.
func (k *Keys) Check() string {
	text := fmt.Sprintf("overmind key check, credentials key %d", k.credentials.KeysetInfo().GetPrimaryKeyId())
	sum := sha256.New()
	for _, key := range [][]byte{k.signing, k.cursor} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		sum.Write(mac.Sum(nil))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (k *Keys) marshal() ([]byte, error) {
	var credentials bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.credentials, keyset.NewJSONWriter(&credentials)); err != nil {
		return nil, fmt.Errorf("write the credentials keyset: %w", err)
	}
	return json.MarshalIndent(keyFile{Signing: k.signing, Cursor: k.cursor, Credentials: credentials.Bytes()}, "", "  ")
}

func parseKeys(data []byte) (*Keys, error) {
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fault.New(fault.Invalid, "keys_unreadable", "The keys file is not valid JSON.") // the cause could quote a key
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Credentials)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "keys_unreadable", "The keys file holds no usable credentials keyset.")
	}
	return assemble(f.Signing, f.Cursor, handle)
}
