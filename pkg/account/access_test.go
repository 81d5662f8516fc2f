package account_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

func TestService_Authenticate_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.login(t, b.user).Access.Reveal()
	_, err := b.Authenticate(t.Context(), good)
	require.NoError(t, err)

	// with gives the claims of the good token with some replaced.
	with := func(changes jwt.MapClaims) jwt.MapClaims {
		claims := jwt.MapClaims{}
		_, _, err := jwt.NewParser().ParseUnverified(good, claims)
		require.NoError(t, err)
		for name, value := range changes {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		return claims
	}
	sign := func(method jwt.SigningMethod, key any, changes jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, with(changes)).SignedString(key)
		require.NoError(t, err)
		return token
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	parts := strings.Split(good, ".")
	admin, err := json.Marshal(with(jwt.MapClaims{"sub": "1"}))
	require.NoError(t, err)

	_, err = b.Authenticate(t.Context(), sign(jwt.SigningMethodHS256, signingKey, nil))
	require.NoError(t, err, "the cases below must fail for their own reason")
	for name, token := range map[string]string{
		"Empty":             "",
		"Nonsense":          "a.b.c",
		"EightMegabytes":    strings.Repeat(".", 8<<20),
		"AlgNone":           sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"EmptySignature":    parts[0] + "." + parts[1] + ".",
		"OtherPayload":      parts[0] + "." + base64.RawURLEncoding.EncodeToString(admin) + "." + parts[2],
		"OtherKey":          sign(jwt.SigningMethodHS256, []byte("another key, another installation"), nil),
		"OtherHash":         sign(jwt.SigningMethodHS512, signingKey, nil),
		"RSA":               sign(jwt.SigningMethodRS256, private, nil),
		"Expired":           sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"exp": time.Now().Add(-time.Second).Unix()}),
		"WithoutExpiry":     sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"exp": nil}),
		"OtherAudience":     sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"aud": "other"}),
		"WithoutAudience":   sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"aud": nil}),
		"OtherIssuer":       sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"iss": "other"}),
		"WithoutID":         sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"jti": nil}),
		"UnknownSession":    sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"sid": rand.Text()}),
		"OtherTokenVersion": sign(jwt.SigningMethodHS256, signingKey, jwt.MapClaims{"ver": 2}),
		"UnknownAccess":     "om_pat_" + strings.Repeat("a", 43),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Authenticate(t.Context(), token)
			requireCode(t, err, "unauthenticated")
		})
	}
	t.Run("FifteenMinutesLater", func(t *testing.T) {
		b.clock.Store(int64(15*time.Minute + time.Second))
		defer b.clock.Store(0)
		_, err := b.Authenticate(t.Context(), good)
		requireCode(t, err, "unauthenticated")
	})
}
