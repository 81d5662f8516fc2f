package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"overmind/pkg/fault"
)

// Ensure gives the installation's keys from the file at path. known is the check value that the database holds; when it
// is empty this is the first start, and a missing file is made. The caller holds a lock and then stores check.
// It fails with `keys_missing`, `keys_mismatch`, `keys_unsafe` (others may read the file), `keys_weak` or `keys_unreadable`.
func Ensure(path, known string) (keys *Keys, check string, err error) {
	keys, err = load(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && known == "":
		keys, err = create(path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fault.New(fault.Invalid, "keys_missing",
			"This installation has keys, but there is no file %s. Copy it from another node or from a backup; OVERMIND_KEYS_FILE names it.", path)
	}
	if err != nil {
		return nil, "", err
	}
	check = keys.Check()
	if known != "" && check != known {
		return nil, "", fault.New(fault.Invalid, "keys_mismatch",
			"The keys in %s are not those of this installation. All nodes must share one keys file; copy it from a node that works.", path)
	}
	return keys, check, nil
}

func load(path string) (*Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the keys file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the keys file: %w", err)
	}
	// Reading by the group is allowed: that is how Kubernetes mounts a secret for a process that is not root.
	if mode := info.Mode().Perm(); mode&0o037 != 0 {
		return nil, fault.New(fault.Invalid, "keys_unsafe", "The keys file %s has mode %04o; run: chmod 600 %s", path, mode, path)
	}
	data := make([]byte, 64<<10)
	n, err := file.Read(data)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "keys_unreadable", "The keys file %s is empty or cannot be read.", path)
	}
	return parseKeys(data[:n])
}

// create writes a new file that is complete or absent, whenever the machine stops. A file that another process has made in the
// meantime wins.
func create(path string) (*Keys, error) {
	keys, err := newKeys()
	if err != nil {
		return nil, err
	}
	data, err := keys.marshal()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the keys file: %w", err)
	}
	temporary, err := os.CreateTemp(dir, ".keys-*") // O_EXCL and mode 0600
	if err != nil {
		return nil, fmt.Errorf("create the keys file: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return nil, fmt.Errorf("write the keys file: %w", err)
	}
	// A link, unlike a rename, does not replace a file that is there.
	if err := os.Link(temporary.Name(), path); errors.Is(err, fs.ErrExist) {
		return load(path)
	} else if err != nil {
		return nil, fmt.Errorf("put the keys file in place: %w", err)
	}
	return keys, syncDir(dir)
}

func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the folder of the keys file: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("sync the folder of the keys file: %w", err)
	}
	return nil
}
