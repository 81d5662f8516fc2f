package localdb

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// fillDataDir copies the template of a fresh server to dir; a dir that exists holds a server's data and stays.
func fillDataDir(ctx context.Context, programs programs, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	fresh, err := template(ctx, programs)
	if err != nil {
		return err
	}
	unfinished := dir + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove an unfinished copy: %w", err)
	}
	if err := copyTree(fresh, unfinished); err != nil {
		return fmt.Errorf("copy the fresh server's data: %w", err)
	}
	return os.Rename(unfinished, dir)
}

// template returns the folder with a fresh server's data, made once for each version of the server.
func template(ctx context.Context, programs programs) (string, error) {
	version, err := exec.CommandContext(ctx, programs.server, "--no-defaults", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", programs.server, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder, set XDG_CACHE_HOME: %w", err)
	}
	base := filepath.Join(cache, "overmind", "templates")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("make the folder for templates: %w", err)
	}
	unlock, err := lock(filepath.Join(base, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	ready := filepath.Join(base, fmt.Sprintf("%s-%x", programs.flavour, sha256.Sum256(version)))
	if _, err := os.Stat(ready); err == nil {
		return ready, nil
	}
	making := ready + ".new"
	if err := os.RemoveAll(making); err != nil {
		return "", fmt.Errorf("remove an unfinished template: %w", err)
	}
	if err := initialise(ctx, programs, making); err != nil {
		return "", err
	}
	return ready, os.Rename(making, ready)
}

// initialise makes a data folder whose root has no password: the first start sets one before it accepts connections.
func initialise(ctx context.Context, programs programs, dir string) error {
	var arguments []string
	program := programs.server
	if programs.flavour == MariaDB {
		program = programs.install
		// --force: a host whose name cannot be resolved is no obstacle.
		arguments = []string{"--no-defaults", "--force", "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=32M"}
	} else {
		arguments = []string{"--no-defaults", "--initialize-insecure"}
	}
	if os.Geteuid() == 0 {
		arguments = append(arguments, "--user=root")
	}
	output, err := exec.CommandContext(ctx, program, append(arguments, "--datadir="+dir)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initialise a server with %s: %w\n%s", program, err, output)
	}
	// Every copy must draw its own server_uuid.
	if err := os.Remove(filepath.Join(dir, "auto.cnf")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the template's identity: %w", err)
	}
	return nil
}

// lock waits for an exclusive lock between processes; the kernel drops it with the process.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	for {
		if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Mkdir(filepath.Join(to, relative), 0o700)
		}
		return copyFile(path, filepath.Join(to, relative))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
