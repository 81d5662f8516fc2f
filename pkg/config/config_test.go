package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
)

func yamlFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "overmind.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// problemsOf maps each complained setting to its code.
func problemsOf(t *testing.T, err error) map[string]string {
	t.Helper()
	var f *fault.Error
	require.True(t, errors.As(err, &f), "%v", err)
	require.Equal(t, "config_invalid", f.Code)
	codes := map[string]string{}
	for _, field := range f.Fields {
		codes[field.Name] = field.Code
	}
	return codes
}

func TestLoad(t *testing.T) {
	t.Parallel()
	t.Run("EnvironmentBeatsFileBeatsDefault", func(t *testing.T) {
		t.Parallel()
		path := yamlFile(t, "listen: 127.0.0.1:1\nretention: 48h\ndatabase: {host: file, port: 3307}\nworker: {groups: [eu, us]}\n")
		c, err := Load(path, []string{"OVERMIND_DATABASE_HOST=env", "OVERMIND_WORKER_SLOTS=5", "OVERMIND_LOG_LEVEL="})
		require.NoError(t, err)
		require.Equal(t, "127.0.0.1:1", c.Listen)
		require.Equal(t, 48*time.Hour, c.Retention)
		require.Equal(t, "env", c.Database.Host)
		require.Equal(t, 3307, c.Database.Port)
		require.Equal(t, "overmind", c.Database.User)
		require.Equal(t, []string{"eu", "us"}, c.Worker.Groups)
		require.Equal(t, 5, c.Worker.Slots)
		require.Equal(t, "info", c.Log.Level)
	})
	t.Run("Lists", func(t *testing.T) {
		t.Parallel()
		c, err := Load("", []string{"OVERMIND_DATABASE_HOST=h", "OVERMIND_WORKER_GROUPS=a, b",
			"OVERMIND_INVENTORY_ALLOWED_NETWORKS=10.0.0.0/8,fd00::/8", "OVERMIND_INVENTORY_ALLOW_LOOPBACK=true"})
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, c.Worker.Groups)
		require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, c.Inventory.AllowedNetworks)
		require.True(t, c.Inventory.AllowLoopback)
	})
	t.Run("DatabaseURL", func(t *testing.T) {
		t.Parallel()
		c, err := Load(yamlFile(t, "database: {host: file, user: file}"),
			[]string{"OVERMIND_DATABASE_URL=mysql://o%40m@db.example.com:3310/meta", "OVERMIND_DATABASE_PASSWORD=pw"})
		require.NoError(t, err)
		require.Equal(t, "db.example.com 3310 o@m meta", c.Database.Host+" 3310 "+c.Database.User+" "+c.Database.Name)
		require.Equal(t, 3310, c.Database.Port)
		require.Equal(t, "pw", c.Database.Password.Reveal())
	})
	t.Run("SecretFromFile", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(path, []byte("a b\n\n"), 0o600))
		c, err := Load("", []string{"OVERMIND_DATABASE_HOST=h", "OVERMIND_DATABASE_PASSWORD_FILE=" + path})
		require.NoError(t, err)
		require.Equal(t, "a b\n", c.Database.Password.Reveal())
	})
	t.Run("ForeignVariablesAreLeftAlone", func(t *testing.T) {
		t.Parallel()
		c, err := Load("", []string{"OVERMIND_DATABASE_HOST=h", "OVERMIND_SERVICE_HOST=10.0.0.1", "OVERMIND_PORT=tcp://10.0.0.1:80",
			"OVERMIND_REDIS_PORT=tcp://10.0.0.2:6379", "OVERMIND_DATABASE_PORT=tcp://10.0.0.3:3306", "OVERMIND_DATABASE_PORT_3306_TCP=tcp://10.0.0.3:3306",
			"OVERMIND_FROM_PASSWORD=x", "PATH=/bin"})
		require.NoError(t, err)
		require.Equal(t, 3306, c.Database.Port)
	})
}

func TestLoad_AllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	path := yamlFile(t, "lisen: x\nlog: {level: loud}\nworker: {slots: many}\nexternal_url: ftp://x\nretention: soon\nmade: {up: 1}\n")
	_, err := Load(path, []string{"OVERMIND_DATABSE_HOST=h", "OVERMIND_INVENTORY_ALLOWED_NETWORKS=10.0.0.0/99",
		"OVERMIND_METRICS_TOKEN=a", "OVERMIND_METRICS_TOKEN_FILE=/b", "OVERMIND_REDIS_URL=http://canary"})
	require.Equal(t, map[string]string{
		"lisen":                               "unknown_setting",
		"made.up":                             "unknown_setting",
		"OVERMIND_DATABSE_HOST":               "unknown_setting",
		"database.host":                       "required",
		"log.level":                           "unknown_value",
		"worker.slots":                        "not_valid",
		"external_url":                        "not_valid",
		"retention":                           "not_valid",
		"redis_url":                           "not_valid",
		"OVERMIND_INVENTORY_ALLOWED_NETWORKS": "not_valid",
		"OVERMIND_METRICS_TOKEN_FILE":         "given_twice",
	}, problemsOf(t, err))
	for _, field := range fault.As(err).Fields {
		require.NotContains(t, field.Message, "canary")
		if field.Name == "lisen" {
			require.Contains(t, field.Message, "Did you mean listen?")
		}
		if field.Name == "OVERMIND_DATABSE_HOST" {
			require.Contains(t, field.Message, "Did you mean OVERMIND_DATABASE_HOST?")
		}
	}
}

func TestLoad_Refuses(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct{ variable, field, code string }{
		"PasswordInURL": {"OVERMIND_DATABASE_URL=mysql://u:canary@h/d", "OVERMIND_DATABASE_URL", "password_in_url"},
		"QueryInURL":    {"OVERMIND_DATABASE_URL=mysql://u@h/d?allowAllFiles=true", "OVERMIND_DATABASE_URL", "not_valid"},
		"OtherScheme":   {"OVERMIND_DATABASE_URL=postgres://u@h/d", "OVERMIND_DATABASE_URL", "not_valid"},
		"MissingCA":     {"OVERMIND_DATABASE_TLS=verify-full", "database.tls_ca", "required"},
		"BadGroup":      {"OVERMIND_WORKER_GROUPS=a b", "worker.groups", "not_valid"},
		"PortTooHigh":   {"OVERMIND_DATABASE_PORT=65536", "database.port", "out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load("", []string{given.variable})
			require.Equal(t, given.code, problemsOf(t, err)[given.field])
			require.NotContains(t, err.Error(), "canary")
		})
	}
	t.Run("MissingFile", func(t *testing.T) {
		t.Parallel()
		_, err := Load("/nonexistent/overmind.yaml", nil)
		require.Equal(t, "unreadable", problemsOf(t, err)["config"])
	})
}

func TestConfig_Redacted(t *testing.T) {
	t.Parallel()
	c, err := Load("", []string{"OVERMIND_DATABASE_HOST=h", "OVERMIND_DATABASE_PASSWORD=canary",
		"OVERMIND_REDIS_URL=redis://:canary@r:1", "OVERMIND_METRICS_TOKEN="})
	require.NoError(t, err)
	text := c.Redacted()
	require.NotContains(t, text, "canary")
	require.Contains(t, text, "database.password: ***\n")
	require.Contains(t, text, "metrics.token: \n")
	require.Contains(t, text, "database.host: h\n")
}
