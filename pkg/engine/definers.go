package engine

import (
	"context"
	"strings"
)

// KeptDefiners tells which definers (`user@host`) objects keep on the target: those that exist there and that the
// load account may set. All others become the load account.
func KeptDefiners(ctx context.Context, target queryer, definers []string) (map[string]bool, error) {
	return settable(ctx, target, definers, false)
}

// RestorableDefiners tells for which definers of the target's own objects the load account could make those anew: also
// for accounts that are no more, if it may set others at all.
func RestorableDefiners(ctx context.Context, target queryer, definers []string) (map[string]bool, error) {
	return settable(ctx, target, definers, true)
}

func settable(ctx context.Context, target queryer, definers []string, gone bool) (map[string]bool, error) {
	kept := map[string]bool{}
	var self string
	if err := target.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&self); err != nil {
		return nil, err
	}
	may, err := definerRights(ctx, target)
	if err != nil {
		return nil, err
	}
	for _, definer := range definers {
		if definer == self {
			kept[definer] = true
			continue
		}
		at := strings.LastIndex(definer, "@")
		if !may.set || at < 0 {
			continue
		}
		var found int
		err := target.QueryRowContext(ctx, "SELECT COUNT(*) FROM mysql.user WHERE User = ? AND Host = ?", definer[:at], definer[at+1:]).Scan(&found)
		switch {
		case ServerSaid(err, 1142, 1143, 1044, 1356, 1449): // the account may not look: then it cannot be known to exist
		case err != nil:
			return nil, err
		case found == 0:
			kept[definer] = gone && may.missing
		default:
			if kept[definer], err = may.setTo(ctx, target, definer[:at], definer[at+1:]); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// definerRight is whether an account may name another as DEFINER, whether one that does not exist, and whether one that
// has SYSTEM_USER.
type definerRight struct{ set, missing, system bool }

// setTo tells whether the account may name this existing one. MySQL protects accounts that have SYSTEM_USER; one that
// cannot be looked at is taken for protected.
func (r definerRight) setTo(ctx context.Context, target queryer, user, host string) (bool, error) {
	if r.system {
		return true, nil
	}
	var found int
	err := target.QueryRowContext(ctx, "SELECT COUNT(*) FROM mysql.global_grants WHERE USER = ? AND HOST = ? AND PRIV = 'SYSTEM_USER'", user, host).Scan(&found)
	switch {
	case ServerSaid(err, 1146): // a server that has no such right
		return true, nil
	case ServerSaid(err, 1142, 1143, 1044):
		return false, nil
	}
	return err == nil && found == 0, err
}

func definerRights(ctx context.Context, target queryer) (definerRight, error) {
	var r definerRight
	grants, err := column(ctx, target, "SHOW GRANTS FOR CURRENT_USER()")
	if err != nil {
		return r, err
	}
	for _, grant := range grants {
		head, _, global := strings.Cut(grant, " ON *.*")
		if !global {
			continue
		}
		for _, right := range []string{"ALL PRIVILEGES", "SUPER", "SET USER", "SET_USER_ID"} {
			r.set = r.set || strings.Contains(head, right)
			r.missing = r.missing || strings.Contains(head, right)
		}
		// since MySQL 8.2: https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html#priv_allow-nonexistent-definer
		r.set = r.set || strings.Contains(head, "SET_ANY_DEFINER")
		r.missing = r.missing || strings.Contains(head, "ALLOW_NONEXISTENT_DEFINER")
		r.system = r.system || strings.Contains(head, "SYSTEM_USER")
	}
	return r, nil
}

// definersOf lists the definers of objects, each once.
func definersOf(objects []object) []string {
	var list []string
	seen := map[string]bool{}
	for _, o := range objects {
		if definer, ok := definerOf(string(o.SQL), o.dialect()); ok && !seen[definer] {
			seen[definer] = true
			list = append(list, definer)
		}
	}
	return list
}
