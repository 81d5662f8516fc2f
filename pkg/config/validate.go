package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

var groupName = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$`)

// problems are all that is wrong with the values, by path.
func (c Config) problems() []fault.Field {
	var found []fault.Field
	check := func(ok bool, path, code, format string, args ...any) {
		if !ok {
			found = append(found, fault.Field{Name: path, Code: code, Message: fmt.Sprintf(format, args...)})
		}
	}
	oneOf := func(path, value string, allowed ...string) {
		check(slices.Contains(allowed, value), path, "unknown_value", "%s must be one of %s.", path, strings.Join(allowed, ", "))
	}
	check(isListenAddress(c.Listen), "listen", "not_valid", "listen must be host:port or :port.")
	check(isOrigin(c.ExternalURL), "external_url", "not_valid",
		"external_url must be an address like https://overmind.example.com, without a path.")
	check(c.Database.Host != "", "database.host", "required",
		"Say where the metadata database is: database.host or OVERMIND_DATABASE_URL=mysql://user@host:port/database.")
	check(c.Database.Port >= 1 && c.Database.Port <= 65535, "database.port", "out_of_range", "database.port must be 1 to 65535.")
	check(c.Database.User != "", "database.user", "required", "database.user must not be empty.")
	check(c.Database.Name != "", "database.name", "required", "database.name must not be empty.")
	oneOf("database.tls", c.Database.TLS, "off", "preferred", "required", "verify-ca", "verify-full")
	if strings.HasPrefix(c.Database.TLS, "verify-") {
		_, err := os.Stat(c.Database.TLSCA)
		check(err == nil, "database.tls_ca", "required", "database.tls=%s needs the CA's PEM file in database.tls_ca.", c.Database.TLS)
	}
	check(!c.RedisURL.IsSet() || isRedis(c.RedisURL), "redis_url", "not_valid", "redis_url must have the form redis://:password@host:port/0.")
	check(c.KeysFile != "", "keys_file", "required", "keys_file must not be empty.")
	check(c.Worker.Slots >= 1 && c.Worker.Slots <= 64, "worker.slots", "out_of_range", "worker.slots must be 1 to 64.")
	check(len(c.Worker.Groups) > 0, "worker.groups", "required", "worker.groups must name at least one group.")
	for _, group := range c.Worker.Groups {
		check(groupName.MatchString(group), "worker.groups", "not_valid", "%q is not a group name: small letters, digits, - and _.", group)
	}
	check(c.Retention >= time.Minute, "retention", "out_of_range", "retention must be at least 1m.")
	check(c.Notify.Reminder >= 0, "notify.reminder", "out_of_range", "notify.reminder must not be negative.")
	check(c.Notify.Escalation >= 0, "notify.escalation", "out_of_range", "notify.escalation must not be negative.")
	check(c.OpenTicketLimit >= 1, "open_ticket_limit", "out_of_range", "open_ticket_limit must be at least 1.")
	_, err := time.LoadLocation(c.TimeZone)
	check(err == nil && c.TimeZone != "", "time_zone", "not_valid", "time_zone must be a name such as Asia/Shanghai or UTC.")
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "json", "text")
	check(c.Metrics.Listen == "" || isListenAddress(c.Metrics.Listen), "metrics.listen", "not_valid", "metrics.listen must be host:port or :port.")
	return found
}

func isListenAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	number, notNumber := strconv.Atoi(port)
	return err == nil && notNumber == nil && number >= 0 && number <= 65535
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

func isRedis(value secret.String) bool {
	u, err := url.Parse(value.Reveal())
	return err == nil && (u.Scheme == "redis" || u.Scheme == "rediss") && u.Hostname() != ""
}

// Redacted is the configuration as `path: value` lines, with secrets as *** and what is not set as empty.
func (c Config) Redacted() string {
	var text strings.Builder
	for _, s := range settingsOf(&c) {
		value := s.target.Interface()
		if hidden, is := value.(secret.String); is && !hidden.IsSet() {
			value = ""
		}
		fmt.Fprintf(&text, "%s: %v\n", s.path, value)
	}
	return text.String()
}
