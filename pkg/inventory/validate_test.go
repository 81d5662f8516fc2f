package inventory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/inventory"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

func TestService_Create_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		change      func(in *inventory.Instance, pw *inventory.Passwords)
		field, code string
	}{
		"BidiName":     {func(in *inventory.Instance, _ *inventory.Passwords) { in.Name = "shop\u202egpj" }, "name", "control_char"},
		"LongName":     {func(in *inventory.Instance, _ *inventory.Passwords) { in.Name = strings.Repeat("é", 65) }, "name", "too_long"},
		"NoName":       {func(in *inventory.Instance, _ *inventory.Passwords) { in.Name = "" }, "name", "required"},
		"NoHost":       {func(in *inventory.Instance, _ *inventory.Passwords) { in.Host = "" }, "host", "host_syntax"},
		"PortZero":     {func(in *inventory.Instance, _ *inventory.Passwords) { in.Port = 0 }, "port", "out_of_range"},
		"PortTooHigh":  {func(in *inventory.Instance, _ *inventory.Passwords) { in.Port = 65536 }, "port", "out_of_range"},
		"OptionInUser": {func(in *inventory.Instance, _ *inventory.Passwords) { in.ReadAccount.User = "u\nplugin-dir=/tmp/evil" }, "read_user", "control_char"},
		"NulInUser":    {func(in *inventory.Instance, _ *inventory.Passwords) { in.ReadAccount.User = "u\x00" }, "read_user", "control_char"},
		"LongUser":     {func(in *inventory.Instance, _ *inventory.Passwords) { in.ReadAccount.User = strings.Repeat("u", 81) }, "read_user", "too_long"},
		"NoUser": {func(in *inventory.Instance, pw *inventory.Passwords) {
			in.ReadAccount.User = ""
			pw.Read = secret.String{}
		}, "read_user", "required"},
		"LineInPassword":   {func(_ *inventory.Instance, pw *inventory.Passwords) { pw.Read = secret.New("a\nb") }, "read_password", "control_char"},
		"NulInPassword":    {func(_ *inventory.Instance, pw *inventory.Passwords) { pw.Read = secret.New("a\x00b") }, "read_password", "control_char"},
		"PasswordOfNobody": {func(_ *inventory.Instance, pw *inventory.Passwords) { pw.Load = secret.New("x") }, "load_password", "no_user"},
		"UnknownTLS":       {func(in *inventory.Instance, _ *inventory.Passwords) { in.TLS = "skip-verify" }, "tls", "unknown_value"},
		"PathAsCA": {func(in *inventory.Instance, _ *inventory.Passwords) {
			in.TLS, in.TLSCA = engine.TLSVerifyCA, "/etc/ssl/ca.pem"
		}, "tls_ca", "not_pem"},
		"KeyAsCA": {func(in *inventory.Instance, _ *inventory.Passwords) {
			in.TLS, in.TLSCA = engine.TLSVerifyCA, "-----BEGIN RSA PRIVATE KEY-----\n"
		}, "tls_ca", "private_key"},
		"HugeCA": {func(in *inventory.Instance, _ *inventory.Passwords) {
			in.TLS, in.TLSCA = engine.TLSVerifyCA, strings.Repeat("x", 2<<20)
		}, "tls_ca", "too_long"},
		"NoCA":             {func(in *inventory.Instance, _ *inventory.Passwords) { in.TLS = engine.TLSVerifyCA }, "tls_ca", "required"},
		"LabelName":        {func(in *inventory.Instance, _ *inventory.Passwords) { in.Labels = map[string]string{"A b": ""} }, "labels", "not_valid"},
		"WorkerGroup":      {func(in *inventory.Instance, _ *inventory.Passwords) { in.WorkerGroup = "a b" }, "worker_group", "not_valid"},
		"NoEnvironment":    {func(in *inventory.Instance, _ *inventory.Passwords) { in.EnvironmentID = 99 }, "environment_id", "unknown_environment"},
		"ForbiddenHost":    {func(in *inventory.Instance, _ *inventory.Passwords) { in.Host = "169.254.169.254" }, "host", "host_not_allowed"},
		"HostWithAnOption": {func(in *inventory.Instance, _ *inventory.Passwords) { in.Host = "evil --ssl-mode=DISABLED" }, "host", "host_syntax"},
		"OurOwnDatabase": {func(in *inventory.Instance, _ *inventory.Passwords) {
			in.Port = testkit.MariaDB(t).Port
		}, "host", "host_not_allowed"},
		"HostThatIsNowhere": {func(in *inventory.Instance, _ *inventory.Passwords) { in.Host = "nowhere.invalid" }, "host", "host_unresolvable"},
	} {
		t.Run(name, func(t *testing.T) {
			in := inventory.Instance{Name: "shop", EnvironmentID: b.environment.ID, Host: "127.0.0.1", Port: 3306, ReadAccount: inventory.Account{User: "r"}}
			pw := inventory.Passwords{Read: secret.New("x")}
			c.change(&in, &pw)
			_, err := b.Create(t.Context(), dba, in, pw)
			requireField(t, err, c.field, c.code)
		})
	}
	require.Zero(t, b.count(t, "SELECT COUNT(*) FROM instances"))
}

func TestService_Create_TakesWhatServersTake(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i, value := range []string{"a#b", `a"b`, `a\nb`, " lead and trail ", "päss", "$(id)", "%s", "!include x", "[x]", strings.Repeat("x", 255)} {
		in, err := b.Create(t.Context(), dba, inventory.Instance{Name: "<img src=x onerror=" + string(rune('a'+i)) + ">", EnvironmentID: b.environment.ID,
			Host: "LOCALHOST", Port: 3306, ReadAccount: inventory.Account{User: "root'@'%"}}, inventory.Passwords{Read: secret.New(value)})
		require.NoError(t, err, value)
		at, _, _, err := b.Endpoint(t.Context(), in.ID, inventory.Read)
		require.NoError(t, err)
		require.Equal(t, value, at.Password.Reveal())
		require.Equal(t, "root'@'%", at.User)
		require.Equal(t, "localhost", at.Host)
	}
}
