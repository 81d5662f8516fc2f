package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"overmind/pkg/fault"
)

func keysFor(t *testing.T) *Keys {
	t.Helper()
	keys, _, err := Ensure(filepath.Join(t.TempDir(), "keys.json"), "")
	require.NoError(t, err)
	return keys
}

func TestSeal_NeverRepeats(t *testing.T) {
	t.Parallel()
	keys, seen := keysFor(t), map[string]bool{}
	for range 10_000 {
		sealed, err := keys.Seal("a", New("one value"))
		require.NoError(t, err)
		seen[string(sealed)] = true
	}
	require.Len(t, seen, 10_000)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	keys := keysFor(t)
	const aad = "instance_secrets|1|read|db.example.com:3306|reader"
	sealed, err := keys.Seal(aad, New("pässword"))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "pässword")

	t.Run("OK", func(t *testing.T) {
		value, err := keys.Open(aad, sealed)
		require.NoError(t, err)
		require.Equal(t, "pässword", value.Reveal())
	})
	for name, other := range map[string]string{
		"OtherRow":  "instance_secrets|2|read|db.example.com:3306|reader",
		"OtherHost": "instance_secrets|1|read|evil.example.com:3306|reader",
		"OtherUser": "instance_secrets|1|read|db.example.com:3306|root",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keys.Open(other, sealed)
			require.True(t, fault.Is(err, "secret_unreadable"), err)
		})
	}
	t.Run("OtherInstallation", func(t *testing.T) {
		_, err := keysFor(t).Open(aad, sealed)
		require.True(t, fault.Is(err, "secret_unreadable"), err)
	})
	t.Run("AfterRotation", func(t *testing.T) {
		manager := keyset.NewManagerFromHandle(keys.credentials)
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		require.NoError(t, err)
		require.NoError(t, manager.SetPrimary(id))
		handle, err := manager.Handle()
		require.NoError(t, err)
		rotated, err := assemble(keys.signing, keys.cursor, handle)
		require.NoError(t, err)
		data, err := rotated.marshal()
		require.NoError(t, err)
		rotated, err = parseKeys(data)
		require.NoError(t, err)

		value, err := rotated.Open(aad, sealed)
		require.NoError(t, err)
		require.Equal(t, "pässword", value.Reveal())
		fresh, err := rotated.Seal(aad, New("x"))
		require.NoError(t, err)
		_, err = keys.Open(aad, fresh)
		require.Error(t, err)
		require.NotEqual(t, keys.Check(), rotated.Check())
	})
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	t.Run("FirstStartMakesAPrivateFile", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state", "keys.json")
		first, check, err := Ensure(path, "")
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		again, same, err := Ensure(path, check)
		require.NoError(t, err)
		require.Equal(t, check, same)
		require.Equal(t, first.Signing(), again.Signing())
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*"))
		require.NoError(t, err)
		require.Empty(t, left)
	})
	t.Run("FourStartersGetTheSameKeys", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		checks := make([]string, 4)
		var group sync.WaitGroup
		for i := range checks {
			group.Go(func() { _, checks[i], _ = Ensure(path, "") })
		}
		group.Wait()
		require.NotEmpty(t, checks[0])
		for _, check := range checks {
			require.Equal(t, checks[0], check)
		}
	})
	t.Run("MissingFileOfAKnownInstallation", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		_, _, err := Ensure(path, "0123")
		require.True(t, fault.Is(err, "keys_missing"), err)
		require.NoFileExists(t, path)
	})
	t.Run("OtherKeys", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		_, _, err := Ensure(path, "")
		require.NoError(t, err)
		_, _, err = Ensure(path, keysFor(t).Check())
		require.True(t, fault.Is(err, "keys_mismatch"), err)
	})
	t.Run("ReadableByOthers", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		_, _, err := Ensure(path, "")
		require.NoError(t, err)
		require.NoError(t, os.Chmod(path, 0o644))
		_, _, err = Ensure(path, "")
		require.True(t, fault.Is(err, "keys_unsafe"), err)
	})
	for name, change := range map[string]func(*keyFile){
		"ShortKey":    func(f *keyFile) { f.Signing = f.Signing[:31] },
		"TemplateKey": func(f *keyFile) { f.Signing = []byte("change-me-change-me-change-me-change-me") },
		"SameKeys":    func(f *keyFile) { f.Cursor = f.Signing },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			_, _, err := Ensure(path, "")
			require.NoError(t, err)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			var f keyFile
			require.NoError(t, json.Unmarshal(data, &f))
			change(&f)
			data, err = json.Marshal(f)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, data, 0o600))
			_, _, err = Ensure(path, "")
			require.True(t, fault.Is(err, "keys_weak"), err)
		})
	}
	t.Run("DamagedFileQuotesNothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys.json")
		require.NoError(t, os.WriteFile(path, []byte(`{"signing":"canary`), 0o600))
		_, _, err := Ensure(path, "")
		require.True(t, fault.Is(err, "keys_unreadable"), err)
		require.NotContains(t, err.Error(), "canary")
	})
}

func TestString_IsNeverPrinted(t *testing.T) {
	t.Parallel()
	holder := struct{ Password, hidden String }{New("canary"), New("canary")}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "holder", holder, "password", holder.Password)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "holder", holder, "password", holder.Password)
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	text := log.String() + string(encoded) + fmt.Sprintf("%v %+v %#v", holder, holder, holder) +
		fmt.Sprint(&holder, []any{holder, holder.Password}, map[string]any{"x": holder})
	require.NotContains(t, text, "canary")
}
