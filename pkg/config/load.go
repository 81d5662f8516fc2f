package config

import (
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

const (
	envPrefix   = "OVERMIND_"
	databaseURL = "database.url" // a short form, not a setting of its own
)

// setting is one leaf of a Config.
type setting struct {
	path   string
	target reflect.Value
}

// Load reads the YAML file at path (none when empty) and the environment, as os.Environ gives it. It fails with Invalid
// `config_invalid`, whose fields name every problem there is.
func Load(path string, environ []string) (Config, error) {
	config := Default()
	l := loader{settings: settingsOf(&config)}
	if path != "" {
		l.addFile(path)
	}
	l.addEnvironment(environ)
	l.problems = append(l.problems, config.problems()...)
	if len(l.problems) > 0 {
		return Config{}, &fault.Error{Kind: fault.Invalid, Code: "config_invalid",
			Message: "The configuration has problems.", Fields: l.problems}
	}
	return config, nil
}

// loader fills the settings layer by layer and collects what is wrong.
type loader struct {
	settings []setting
	problems []fault.Field
}

func (l *loader) problem(name, code, format string, args ...any) {
	l.problems = append(l.problems, fault.Field{Name: name, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (l *loader) addFile(path string) {
	layer := koanf.New(".")
	if err := layer.Load(file.Provider(path), yaml.Parser()); err != nil {
		l.problem("config", "unreadable", "Cannot read %s: %v", path, err)
		return
	}
	names := l.names()
	for _, key := range layer.Keys() {
		// A key below a known one is a value of the wrong shape, which apply reports.
		if !slices.ContainsFunc(names, func(name string) bool { return key == name || strings.HasPrefix(key, name+".") }) {
			l.problem(key, "unknown_setting", "There is no setting %s.%s", key, suggestion(key, names))
		}
	}
	l.apply(layer, func(path string) string { return path })
}

func (l *loader) addEnvironment(environ []string) {
	byVariable := map[string]string{}
	for _, name := range l.names() {
		byVariable[variable(name)] = name
	}
	variables := make([]string, 0, len(byVariable))
	for name := range byVariable {
		variables = append(variables, name)
	}
	slices.Sort(variables)

	layer := koanf.New(".")
	err := layer.Load(env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			path, known := byVariable[name]
			if isServiceLink(name, value) {
				return "", nil
			}
			if !known {
				// The command line has OVERMIND_ variables of its own, so only what looks like a mistyped setting is refused.
				if hint := suggestion(name, variables); hint != "" {
					l.problem(name, "unknown_setting", "There is no setting %s.%s", name, hint)
				}
				return "", nil
			}
			if value == "" { // set but empty is how compose files say "not set"
				return "", nil
			}
			return path, value
		},
	}), nil)
	if err != nil {
		l.problem("environment", "unreadable", "Cannot read the environment: %v", err)
		return
	}
	l.apply(layer, variable)
}

// isServiceLink recognises what Kubernetes puts into the environment for services named overmind or overmind-something:
// OVERMIND_DATABASE_PORT=tcp://10.0.0.1:3306.
func isServiceLink(name, value string) bool {
	return strings.HasPrefix(value, "tcp://") || strings.HasPrefix(value, "udp://") ||
		strings.Contains(name, "_SERVICE_") || strings.Contains(name, "_PORT_")
}

func variable(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// names are all paths that a layer may have.
func (l *loader) names() []string {
	names := []string{databaseURL}
	for _, s := range l.settings {
		names = append(names, s.path)
		if s.isSecret() {
			names = append(names, s.path+"_file")
		}
	}
	slices.Sort(names)
	return names
}

func (s setting) isSecret() bool {
	_, is := s.target.Interface().(secret.String)
	return is
}

// apply sets what the layer has; shown turns a path into the name its author used.
func (l *loader) apply(layer *koanf.Koanf, shown func(path string) string) {
	l.expandURL(layer, shown)
	for _, s := range l.settings {
		if s.isSecret() && layer.Exists(s.path+"_file") {
			l.readSecret(layer, s, shown)
			continue
		}
		if !layer.Exists(s.path) {
			continue
		}
		fresh := reflect.New(s.target.Type()) // decoding into the default would keep the rest of a longer list
		value := layer.Get(s.path)
		if text, is := value.(string); is && s.target.Kind() == reflect.Slice {
			_ = layer.Set(s.path, splitList(text)) // the path exists, so Set cannot fail
		}
		if err := layer.Unmarshal(s.path, fresh.Interface()); err != nil {
			l.problem(shown(s.path), "not_valid", "%v is not valid for %s.", printable(s, value), shown(s.path))
			continue
		}
		s.target.Set(fresh.Elem())
	}
}

func splitList(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func printable(s setting, value any) any {
	if s.isSecret() {
		return "the value"
	}
	return value
}

func (l *loader) readSecret(layer *koanf.Koanf, s setting, shown func(string) string) {
	name := shown(s.path + "_file")
	if layer.Exists(s.path) {
		l.problem(name, "given_twice", "Give either %s or %s.", shown(s.path), name)
		return
	}
	content, err := os.ReadFile(layer.String(s.path + "_file"))
	if err != nil {
		l.problem(name, "unreadable", "Cannot read the file of %s: %v", name, err)
		return
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	s.target.Set(reflect.ValueOf(secret.New(value)))
}

// expandURL turns `database.url` into the settings it stands for; those given beside it win.
func (l *loader) expandURL(layer *koanf.Koanf, shown func(string) string) {
	if !layer.Exists(databaseURL) {
		return
	}
	u, err := url.Parse(layer.String(databaseURL))
	if err != nil || u.Scheme != "mysql" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		l.problem(shown(databaseURL), "not_valid", "%s must have the form mysql://user@host:port/database.", shown(databaseURL))
		return
	}
	if _, has := u.User.Password(); has {
		l.problem(shown(databaseURL), "password_in_url", "Leave the password out of %s; set %s or %s.",
			shown(databaseURL), shown("database.password"), shown("database.password_file"))
		return
	}
	for path, value := range map[string]string{"database.host": u.Hostname(), "database.port": u.Port(),
		"database.user": u.User.Username(), "database.name": strings.TrimPrefix(u.Path, "/")} {
		if value != "" && !layer.Exists(path) {
			_ = layer.Set(path, value) // fails only for an empty path
		}
	}
}

// settingsOf lists the leaves of c in order.
func settingsOf(c *Config) []setting { return leaves("", reflect.ValueOf(c).Elem()) }

func leaves(prefix string, v reflect.Value) []setting {
	var found []setting
	for i := range v.NumField() {
		path := prefix + v.Type().Field(i).Tag.Get("koanf")
		field := v.Field(i)
		if _, isSecret := field.Interface().(secret.String); field.Kind() == reflect.Struct && !isSecret {
			found = append(found, leaves(path+".", field)...)
			continue
		}
		found = append(found, setting{path: path, target: field})
	}
	return found
}
