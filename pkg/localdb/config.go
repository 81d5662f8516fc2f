package localdb

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// programs are the executables of one flavour; install makes an empty data folder and is empty where the server does
// that itself.
type programs struct {
	flavour Flavour
	server  string
	install string
}

func find(flavour Flavour, version string) (programs, error) {
	switch {
	case version != "":
		dir, err := Folder(flavour, version)
		if err != nil {
			return programs{}, err
		}
		return findIn(dir, flavour, string(flavour)+"-"+version)
	case flavour == MySQL:
		return findMySQL()
	}
	server, serverErr := lookUp("mariadbd")
	install, installErr := lookUp("mariadb-install-db")
	if serverErr != nil || installErr != nil {
		return programs{}, fmt.Errorf("mariadbd or mariadb-install-db is not installed: run deploy/setup.sh, or apt-get install mariadb-server-core")
	}
	return programs{flavour: MariaDB, server: server, install: install}, nil
}

func findMySQL() (programs, error) {
	dir, err := MySQLDir()
	if err != nil {
		return programs{}, err
	}
	return findIn(dir, MySQL, "mysql-9")
}

// MySQLDir is the folder of the usual MySQL, its programs below bin.
func MySQLDir() (string, error) {
	if dir := os.Getenv("OVERMIND_MYSQL_DIR"); dir != "" {
		return dir, nil
	}
	return Folder(MySQL, "9")
}

// Folder is where deploy/server.sh puts a version of a server, its programs below bin.
func Folder(flavour Flavour, version string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder, set XDG_CACHE_HOME: %w", err)
	}
	return filepath.Join(cache, "overmind", string(flavour)+"-"+version), nil
}

func findIn(dir string, flavour Flavour, name string) (programs, error) {
	found := programs{flavour: flavour, server: filepath.Join(dir, "bin", "mysqld")}
	if flavour == MariaDB {
		found.server, found.install = filepath.Join(dir, "bin", "mariadbd"), filepath.Join(dir, "bin", "mariadb-install-db")
	}
	if _, err := exec.LookPath(found.server); err != nil {
		return programs{}, fmt.Errorf("%s is not there: run deploy/server.sh %s %s: %w", found.server, name, dir, err)
	}
	return found, nil
}

// lookUp also searches the folders of system programs, which are not in an ordinary user's PATH.
func lookUp(name string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// defaults favour a quick start and little memory over durability: nobody keeps these servers. The binary log is on
// because a production server has one.
func (s *Server) defaults() map[string]string {
	settings := map[string]string{
		"datadir":                        filepath.Join(s.dir, "data"),
		"socket":                         s.Socket,
		"pid_file":                       filepath.Join(s.dir, "server.pid"),
		"tmpdir":                         filepath.Join(s.dir, "data"),
		"init_file":                      s.initFile(),
		"bind_address":                   s.Host,
		"port":                           strconv.Itoa(s.Port),
		"skip_name_resolve":              "ON",
		"server_id":                      strconv.Itoa(s.Port), // differs between the servers of one machine
		"log_bin":                        "binlog",
		"sync_binlog":                    "0",
		"innodb_flush_log_at_trx_commit": "2",
		"innodb_buffer_pool_size":        "128M",
		"character_set_server":           "utf8mb4",
		"max_connections":                "500",
	}
	if s.Flavour == MySQL {
		settings["loose_mysqlx"] = "OFF" // a second port, fixed, that two servers would fight for; 5.7 has none
	}
	if os.Geteuid() == 0 {
		settings["user"] = "root" // both flavours refuse to run as root unless told to
	}
	return settings
}

func (s *Server) initFile() string { return filepath.Join(s.dir, "init.sql") }

// writeConfig writes my.cnf and the statements that give root its password, and returns my.cnf's path.
func (s *Server) writeConfig(extra map[string]string) (string, error) {
	settings := s.defaults()
	for name, value := range extra {
		settings[strings.ReplaceAll(name, "-", "_")] = value
	}
	var text strings.Builder
	text.WriteString("[mysqld]\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = %s\n", name, settings[name])
	}
	config := filepath.Join(s.dir, "my.cnf")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		return "", fmt.Errorf("write the server's configuration: %w", err)
	}
	// An init file holds one statement on each line. Names are not resolved, so 127.0.0.1 is not localhost.
	var sql strings.Builder
	sql.WriteString("SET SESSION sql_log_bin = 0;\n")
	if s.Flavour == MariaDB { // its template has password-less roots for other addresses too
		sql.WriteString("DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '127.0.0.1');\nFLUSH PRIVILEGES;\n")
	}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		account := "'root'@'" + host + "'"
		fmt.Fprintf(&sql, "CREATE USER IF NOT EXISTS %s;\n", account)
		fmt.Fprintf(&sql, "ALTER USER %s IDENTIFIED BY '%s';\n", account, s.RootPassword)
		fmt.Fprintf(&sql, "GRANT ALL PRIVILEGES ON *.* TO %s WITH GRANT OPTION;\n", account)
	}
	if err := os.WriteFile(s.initFile(), []byte(sql.String()), 0o600); err != nil {
		return "", fmt.Errorf("write the server's first statements: %w", err)
	}
	return config, nil
}
